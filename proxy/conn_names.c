/* What had a name, once a request has freed it. */
#include "proxy/conn_private.h"

#include "policy/json.h"
#include "policy/policy.h"
#include "policy/recreate.h"
#include "policy/spec.h"
#include "proxy/former.h"

void turn_note_names(struct conn *conn, unsigned status)
{
	struct turn *turn = &conn->turn;
	struct former *former = conn->context->former;
	size_t len = 0;

	if (former == NULL || status / 100 != 2)
		return;
	const char *taken = recreate_taken(&turn->request);
	if (taken != NULL)
		former_forget(former, taken);
	const struct fact *fact = recreate_freed(conn->policy, &turn->request, turn->facts);
	const char *freed = fact != NULL ? json_member_string(fact->inspected, "Name") : NULL;
	const char *text = freed != NULL ? json_print(turn->arena, fact->inspected, &len) : NULL;
	if (text != NULL)
		former_note(former,
		            &(struct former_name){conn->policy->name, conn->identity.grant.tenant,
		                                  spec_container_name(freed)},
		            text, len);
}
