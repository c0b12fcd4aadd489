"""All edge cases of the rule: its tests run over them, and the test that wrong rules are caught."""

import coverage_agencies
import coverage_context
import coverage_governing
import coverage_hierarchy
import coverage_history
import coverage_matching
import coverage_programmes
import coverage_providers
import coverage_windows
import coverage_workload
from coverage_case import Case

CASES: list[Case] = [
    *coverage_windows.CASES,
    *coverage_agencies.CASES,
    *coverage_governing.CASES,
    *coverage_context.CASES,
    *coverage_matching.CASES,
    *coverage_programmes.CASES,
    *coverage_workload.CASES,
    *coverage_providers.CASES,
    *coverage_history.CASES,
    *coverage_hierarchy.CASES,
]
