"""The recognition domain: values and rules. No await, clock, driver or network: all comes in as values.

codes, reasons, pins, flaws      the words: stages, results, outcomes, coded reasons, versions, refusals
request, facts, policy, mandates, alliances, standing_rules, statements, signatures    what people state
trust, registry                  views at a version: the log of trust, the mirror of the registry
case, stages, outcome            one evaluation: its inputs, fourteen checks, and what follows from them
evaluation                       `evaluate(case) -> Content[MachineOutcome]`
content, record, reviews         the decision record, and what a person adds to it
inputs                           the stored form of a case, and its replay to the same bytes
lifecycle, clock                 what a request waits for, and by when
"""
