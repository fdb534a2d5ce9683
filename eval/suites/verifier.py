"""Suite `verifier`: does `assistant.citations.verify_claim` catch what is false, and let stand what is true?

Claims are made of gold sentences by code: honest rephrasings (`claim_truths`) and the same with one number, date, name,
role or negation changed (`claim_mutations`). Each is checked twice: against the sentence it was made of, and against
the whole passage, where the wrong value may well stand somewhere else. Reference answers of clapnq, written by people,
are sources too; a few of them say what their quote does not say, which counts against the verifier here.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from eval.records import Batch, Gold, Sample, SuiteOptions
from eval.suites.claim_mutations import KINDS, false_claims
from eval.suites.claim_sources import GoldSentence, drawn_by, gold_sentences, lacking
from eval.suites.claim_truths import MadeClaim, true_claims
from eval.suites.claim_words import names

_SENTENCES, _FEW_SENTENCES = 150, 30
"""Gold sentences of each source and language, in full and in a short run."""
_REPHRASINGS = 2
"""Honest rephrasings drawn of each sentence, beside the sentence itself."""
_CHANGES = {"number": "value", "date": "value", "name": "value", "role": "role", "negation": "negation", "true": "none"}


class Verifier:
    """The suite `verifier`."""

    name = "verifier"
    summary = "True and falsified sentences of all public sets: which does the check of claims refuse?"

    def unavailable(self, options: SuiteOptions) -> str:
        """Why it cannot run now."""
        return lacking(options)

    def batches(self, options: SuiteOptions) -> Sequence[Batch]:
        """The same claims twice: quoting their sentence, quoting the whole passage.

        Tags: `change` (value, role, negation, none), `kind` (number, date, name, role, negation, true), `rule`,
        `language`, `source`.
        """
        every = list(gold_sentences(options))
        chosen = list(_chosen(every, _SENTENCES if options.full else _FEW_SENTENCES))
        foreign = _names_by_language(every)
        made = [(gold, claim) for gold in chosen for claim in _claims(gold, foreign[gold.language], options.seed)]
        return [
            Batch(
                name, "verify", tuple(_sample(*one, options, whole=whole) for one in made), ("caught", "struck_wrongly")
            )
            for name, whole in (("sentence", False), ("passage", True))
        ]


def _chosen(every: Sequence[GoldSentence], most: int) -> Iterator[GoldSentence]:
    groups: dict[tuple[str, str], list[GoldSentence]] = defaultdict(list)
    for gold in every:
        groups[gold.source, gold.language].append(gold)
    for group in groups.values():
        yield from sorted(group, key=lambda gold: drawn_by(gold.id))[:most]


def _names_by_language(every: Sequence[GoldSentence]) -> Mapping[str, Sequence[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for gold in every:
        found[gold.language] |= {run.raw for run in names(gold, gold.text)}
    return {language: sorted(known) for language, known in found.items()}


def _claims(gold: GoldSentence, foreign: Sequence[str], seed: int) -> Iterator[MadeClaim]:
    """The sentence, some rephrasings, and one false claim of each kind that fits."""
    chance = random.Random(f"{seed}/{gold.id}")  # noqa: S311 - a fixed draw, not a secret
    verbatim, *rephrased = true_claims(gold, seed)
    yield verbatim
    yield from chance.sample(rephrased, min(_REPHRASINGS, len(rephrased)))
    false = list(false_claims(gold, foreign, seed))
    for kind in KINDS:
        fitting = [claim for claim in false if claim.kind == kind]
        if fitting:
            yield chance.choice(fitting)


def _sample(gold: GoldSentence, claim: MadeClaim, options: SuiteOptions, *, whole: bool) -> Sample:
    return Sample(
        f"{gold.id}-{claim.rule}",
        claim.text,
        Gold(statuses=("supported",) if claim.kind == "true" else ("unsupported",)),
        cluster=gold.cluster,
        split=options.split,
        quote=gold.passage if whole else claim.quote,
        tags={
            "change": _CHANGES[claim.kind],
            "kind": claim.kind,
            "rule": claim.rule,
            "language": gold.language,
            "source": gold.source,
        },
    )
