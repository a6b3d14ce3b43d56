/* What proves where an image came from. Its name does not: anyone may tag. A repository digest does on
 * engines whose store writes one only when a registry has given or taken the image; and so does
 * quaymaster's own record of what was pulled and made through it. docs/images.md tells more. */
#ifndef QUAYMASTER_POLICY_IMAGE_PROOF_H
#define QUAYMASTER_POLICY_IMAGE_PROOF_H

#include <stdbool.h>

struct arena;
struct fact;
struct facts;
struct policy;

/* By whose lists, and by what is known. */
struct image_judge {
	struct arena *arena;
	const struct policy *policy;
	const char *tenant; /* of whoever asks; "" for none */
	const struct facts *facts;
};

/* True when it is proven that IMAGE (found) came from where JUDGE's policy lets images come from: pulled
 * from what `use` lists, or made under a name that `produce` lists. False, too, when the arena is exhausted.
 * *CAME_FROM is then a name that is proven and not listed, or NULL. */
bool image_is_proven(const struct image_judge *judge, const struct fact *image,
                     const char **came_from);

/* How to name IMAGE (found, called TEXT by a request) so that the daemon takes this one whatever
 * happens to its tags: by digest, where the daemon knows TEXT's repository by one, so that people
 * still read its name; else by id. NULL when ARENA is exhausted. */
const char *image_fixed_name(struct arena *arena, const struct facts *facts,
                             const struct fact *image, const char *text);

#endif
