/* Owns the supervisor's part in a reload: it opens what is new, keeps what was until the gateway says that it has gone over, and closes
 * what is not there any more. */
#include "proxy/supervisor_private.h"

#include "policy/error.h"
#include "proxy/channel.h"
#include "proxy/config.h"
#include "proxy/log.h"
#include "proxy/notify.h"

/* Has the service manager keep what BEFORE did not have, and let go of what NOW has not. Unix sockets and its own it keeps or does
 * not without being asked. */
void supervisor_store(const struct entrances *now, const struct entrances *before)
{
	char name[LISTENER_STORE_NAME_SIZE];

	for (size_t i = 0; i < now->count; i++)
		if (!entrances_have(before, now->list[i]) && listener_store_name(now->list[i]->spec, name))
			notify_store(name, now->list[i]->sockets.fds, now->list[i]->sockets.count);
	for (size_t i = 0; i < before->count; i++)
		if (!entrances_have(now, before->list[i]) &&
		    listener_store_name(before->list[i]->spec, name))
			notify_send("FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void supervisor_reloaded(struct supervisor *supervisor, bool taken, const char *why)
{
	const char *file = supervisor->plan->file;

	supervisor->reloading = false;
	if (taken) {
		struct entrances before = supervisor->entrances;

		supervisor->entrances = supervisor->fresh;
		supervisor_store(&supervisor->entrances, &before);
		entrances_close(&before, &supervisor->entrances);
		/* What processes before an upgrade still serve they judge by what was. */
		upgrade_order(&supervisor->upgrade, CHANNEL_LEAVE);
		supervisor->plan->in_force(supervisor->entrances.config);
		supervisor->upkeep_due_ms = 1; /* now */
		log_line(LOG_INFO, "%s is in force", file);
		control_answer(&supervisor->control, CONTROL_DONE, "the configuration is in force");
	} else {
		entrances_close(&supervisor->fresh, &supervisor->entrances);
		log_line(LOG_ERROR, "%s: %s; the configuration stays as it was", file, why);
		control_answer(&supervisor->control, CONTROL_FAILED, why);
	}
	supervisor->fresh = (struct entrances){.config = NULL};
	notify_send("READY=1");
}

/* Gives the gateway the sockets that it does not have, and has it read the configuration by itself. */
static bool hand_over(const struct supervisor *supervisor)
{
	char key[LISTENER_KEY_SIZE];

	for (size_t i = 0; i < supervisor->fresh.count; i++) {
		const struct entrance *entrance = supervisor->fresh.list[i];

		if (entrances_have(&supervisor->entrances, entrance))
			continue;
		if (!listener_key(entrance->spec, key) ||
		    !channel_send_sockets(supervisor->channel, key, &entrance->sockets))
			return false;
	}
	return channel_send(supervisor->channel, CHANNEL_RELOAD, NULL);
}

void supervisor_reload(struct supervisor *supervisor)
{
	const struct supervision *plan = supervisor->plan;
	struct error error = {0};
	struct config *config;

	supervisor->reload_again = false;
	control_begin(&supervisor->control);
	if (plan->read_again == NULL) {
		log_line(LOG_INFO, "configured by variables: there is nothing to read again");
		control_answer(&supervisor->control, CONTROL_FAILED,
		               "it runs by variables, and reads no file");
		return;
	}
	notify_reloading();
	config = plan->read_again(plan->context);
	if (config == NULL) {
		log_line(LOG_ERROR, "%s is not usable: the configuration stays as it was", plan->file);
		control_answer(&supervisor->control, CONTROL_FAILED,
		               "it has mistakes, which are in the log");
		notify_send("READY=1");
		return;
	}
	supervisor->reloading = true;
	if (!entrances_open(&supervisor->fresh, config, &supervisor->entrances, NULL, &error))
		supervisor_reloaded(supervisor, false, error.text);
	else if (supervisor->gateway == 0)
		supervisor_reloaded(supervisor, true, NULL); /* the next one starts with it */
	else if (!hand_over(supervisor))
		supervisor_reloaded(supervisor, false, "the process that serves does not listen");
	config_release(config);
}
