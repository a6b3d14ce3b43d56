/* What a predicate comes to on a request, by Kleene's logic: a comparison with a value that is not there is
 * unknown, and so is its negation. `any` and `all` are about the values that are there. */
#include "policy/predicate_evaluate.h"

#include "policy/predicate_parts.h"

static enum truth evaluate(struct evaluation *evaluation, const struct predicate *predicate,
                           const json_t *element);

/* Answers of the values, or elements, of one path, added up. */
struct tally {
	struct evaluation *evaluation;
	const struct predicate *predicate;
	enum truth truth;
};

static void add(struct tally *tally, enum truth truth)
{
	switch (tally->predicate->quantifier) {
	case QUANTIFIER_NONE:
		tally->truth = truth;
		break;
	case QUANTIFIER_ANY:
		tally->truth = truth_or(tally->truth, truth);
		break;
	case QUANTIFIER_ALL:
		tally->truth = truth_and(tally->truth, truth);
		break;
	}
}

/* With no value at all, `any` is false and `all` is true. */
static enum truth of_none(enum quantifier quantifier)
{
	switch (quantifier) {
	case QUANTIFIER_NONE:
		break;
	case QUANTIFIER_ANY:
		return TRUTH_FALSE;
	case QUANTIFIER_ALL:
		return TRUTH_TRUE;
	}
	return TRUTH_UNKNOWN;
}

static bool asks_for_presence(const struct predicate *comparison)
{
	return comparison->comparison == COMPARISON_PRESENT ||
	       comparison->comparison == COMPARISON_ABSENT;
}

static void add_operand(void *context, const struct operand *operand)
{
	struct tally *tally = context;
	const struct predicate *comparison = tally->predicate;

	tally->evaluation->comparisons++;
	if (operand->given)
		add(tally, predicate_compare(tally->evaluation, comparison, operand));
	else if (asks_for_presence(comparison))
		add(tally, comparison->comparison == COMPARISON_ABSENT ? TRUTH_TRUE : TRUTH_FALSE);
	else if (comparison->quantifier == QUANTIFIER_NONE)
		add(tally, TRUTH_UNKNOWN);
}

/* What the path of TALLY comes to, now that it was followed as far as it leads. */
static enum truth settle(struct tally *tally, enum reach reach)
{
	if (reach == REACH_PENDING)
		return TRUTH_PENDING;
	if (reach == REACH_LOST)
		tally->truth = TRUTH_UNKNOWN;
	if (tally->truth == TRUTH_UNKNOWN && tally->predicate->kind == PREDICATE_COMPARISON)
		tally->evaluation->missing = tally->predicate;
	return tally->truth;
}

static enum truth evaluate_comparison(struct evaluation *evaluation,
                                      const struct predicate *comparison, const json_t *element)
{
	struct tally tally = {evaluation, comparison, of_none(comparison->quantifier)};

	return settle(&tally,
	              predicate_values(evaluation, &comparison->path, element, add_operand, &tally));
}

static void add_element(void *context, const json_t *element)
{
	struct tally *tally = context;

	if (element != NULL)
		add(tally, evaluate(tally->evaluation, tally->predicate->first, element));
}

static enum truth evaluate_each(struct evaluation *evaluation, const struct predicate *each,
                                const json_t *element)
{
	struct tally tally = {evaluation, each, of_none(each->quantifier)};

	return settle(&tally,
	              predicate_elements(evaluation, &each->path, element, add_element, &tally));
}

/* Stops at the first part that settles it. */
static enum truth evaluate_chain(struct evaluation *evaluation, const struct predicate *chain,
                                 const json_t *element)
{
	const bool all = chain->kind == PREDICATE_AND;
	enum truth truth = all ? TRUTH_TRUE : TRUTH_FALSE;

	for (const struct predicate *part = chain->first; part != NULL; part = part->next) {
		enum truth more = evaluate(evaluation, part, element);

		truth = all ? truth_and(truth, more) : truth_or(truth, more);
		if (truth == (all ? TRUTH_FALSE : TRUTH_TRUE))
			break;
	}
	return truth;
}

/* Depth was bounded when it was parsed. */
static enum truth evaluate(struct evaluation *evaluation, const struct predicate *predicate,
                           const json_t *element)
{
	switch (predicate->kind) {
	case PREDICATE_OR:
	case PREDICATE_AND:
		return evaluate_chain(evaluation, predicate, element);
	case PREDICATE_NOT:
		return truth_not(evaluate(evaluation, predicate->first, element));
	case PREDICATE_COMPARISON:
		return evaluate_comparison(evaluation, predicate, element);
	case PREDICATE_EACH:
		return evaluate_each(evaluation, predicate, element);
	case PREDICATE_RECREATE:
		return predicate_recreate(evaluation);
	}
	return TRUTH_UNKNOWN;
}

enum truth predicate_evaluate(const struct predicate *predicate, struct evaluation *evaluation)
{
	return evaluate(evaluation, predicate, NULL);
}
