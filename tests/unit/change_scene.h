/* A connection under one configuration, and another that takes its place. */
#ifndef QUAYMASTER_TESTS_CHANGE_SCENE_H
#define QUAYMASTER_TESTS_CHANGE_SCENE_H

#include "tests/unit/conn_scene.h"

#define ID     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CI     "clients = ( { listener = \"local\"; policy = \"ci\"; } );"
#define TENANT "clients = ( { listener = \"local\"; policy = \"ci\"; tenant = \"a\"; } );"
#define NOBODY "clients = ();"

/* The scene, and the configuration that takes the place of the first. */
struct change {
	struct conn_scene scene; /* first */
	struct config config;
	struct listener_config listener;
	struct edition_listener edition_listener;
	struct edition edition;
};

/* A connection by SETTINGS, to a daemon that ANSWERS. */
void change_begin(struct change *change, const struct fake_answer *answers, const char *settings);
void change_end(struct change *change);

/* Without judging anybody. */
void change_put_in_force(struct change *change, const char *settings);
/* And judges. */
void change_rejudge(struct change *change, const char *settings);

void assert_logged(const char *part, bool there);
void assert_goes_on(struct change *change);
void assert_cut(struct change *change, const char *reason);

#endif
