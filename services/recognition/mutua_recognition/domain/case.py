"""A case: everything that one evaluation may know. Nothing else enters it: no clock, no settings, no lookup.

What several stages need is worked out once, here: the entity that the credential names as its awarding body,
what the registry says about it, and what the trust log says.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from mutua_coverage import Coverage, Identifier, covered
from mutua_coverage import Credential as CoveredCredential
from mutua_credentials import code_lists
from mutua_recognition.domain.facts import ContentFacts, Facts, leaves_of_fields
from mutua_recognition.domain.mandates import Mandate
from mutua_recognition.domain.policy import PolicyBundle
from mutua_recognition.domain.registry import Registry
from mutua_recognition.domain.request import Dates, Request
from mutua_recognition.domain.trust import TrustView
from mutua_trust import Outcome, Verdict
from mutua_trust import Reason as TrustReason
from mutua_trust import Request as TrustQuestion


@dataclass(frozen=True)
class Case:
    """The inputs of `evaluate`: facts of the credential, request, policy, views at a version, dates."""

    facts: Facts
    request: Request
    policy: PolicyBundle
    mandate: Mandate | None
    trust: TrustView
    registry: Registry
    dates: Dates

    @property
    def content(self) -> ContentFacts:
        """The credential's content; only stages that have been told that there is one may ask."""
        if self.facts.content is None:
            raise LookupError("a stage asked for content that was not proven")
        return self.facts.content

    @property
    def award_date(self) -> date | None:
        return self.facts.content.award_date if self.facts.content else None

    @cached_property
    def coverage(self) -> Coverage | None:
        """What the registry says on the award date; None where body or date are not readable."""
        content = self.facts.content
        if content is None or content.award_date is None or content.awarding_body is None:
            return None
        identifiers = content.awarding_body.identifiers
        return covered(
            CoveredCredential(
                provider=tuple(Identifier(scheme, value) for scheme, value in identifiers),
                award_date=content.award_date,
                programme_names=content.titles,
                level=content.eqf,
                ects=content.ects,
                assessment=assessment_class(content.assessments),
            ),
            self.registry.snapshot,
        )

    @cached_property
    def awarding_body(self) -> str | None:
        """Entity id of the awarding body: as the registry knows it, else as the credential names it."""
        if self.coverage is not None and self.coverage.provider is not None:
            return self.coverage.provider
        body = self.facts.content.awarding_body if self.facts.content else None
        return body.identifier("DEQARINST") if body else None

    def _trust_question(self, assessment: str | None, mode: str | None) -> TrustQuestion | None:
        """What the trust log is asked; None where the body or the award day are not known."""
        content = self.facts.content
        if content is None or content.award_date is None or self.awarding_body is None:
            return None
        return TrustQuestion(
            id=str(self.request.id),
            recogniser=self.request.recogniser,
            issuer=self.awarding_body,
            fields=leaves_of_fields(content.fields),
            level=content.eqf,
            ects=None if content.ects is None else float(content.ects),
            assessment=assessment,
            mode=mode,
            aspects=frozenset(self.policy.trust.aspects),
            award_day=content.award_date,
            decision_day=self.dates.decision_day,
            version=int(self.trust.pin.version),
        )

    @cached_property
    def trust_questions(self) -> tuple[TrustQuestion, ...]:
        """One question per combination of assessment and mode: a chain must carry every one of them."""
        content = self.facts.content
        if content is None:
            return ()
        asked = [
            self._trust_question(assessment, mode)
            for assessment in content.assessments or (None,)
            for mode in content.modes or (None,)
        ]
        return tuple(question for question in asked if question is not None)

    @cached_property
    def trust_verdict(self) -> Verdict | None:
        """What the trust log answers: the first review, else the accept; None where nothing could be asked.

        Where every combination is accepted but no one chain carries them all, a person looks.
        """
        verdicts = [
            self.trust.decide(question, self.policy.trust.rule()) for question in self.trust_questions
        ]
        reviews = [verdict for verdict in verdicts if verdict.outcome is Outcome.REVIEW]
        if reviews or not verdicts:
            return reviews[0] if reviews else None
        first = verdicts[0]
        if any((verdict.chain, verdict.chains) != (first.chain, first.chains) for verdict in verdicts):
            return Verdict(first.request, Outcome.REVIEW, first.version, reason=TrustReason.CONSTRAINTS)
        return first


def assessment_class(codes: tuple[str, ...]) -> str | None:
    """What is certified, in the registry's terms: the strongest of the stated kinds."""
    known = code_lists.get("assessment")
    classes = {str(code.more["class"]) for code in (known.get(each) for each in codes) if code is not None}
    return next((kind for kind in ("assessment", "attendance", "none") if kind in classes), None)
