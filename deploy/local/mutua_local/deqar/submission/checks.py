"""What the registry checks after every submission: it may flag the report, and it writes what it learned into
the agency's countries and the provider's levels.
"""

from mutua_local.deqar.codes import QF_EHEA_LEVEL
from mutua_local.deqar.model import (
    Agency,
    Country,
    FocusCountry,
    Programme,
    Provider,
    ProviderLevel,
    Report,
    ReportCheck,
)
from mutua_local.deqar.simulator import Simulator

_NONE, _LOW, _HIGH = 1, 2, 3
_OBLIGATORY = 1


class Checks:
    """One run over one report: earlier findings are put aside first, a request for deletion among them."""

    def __init__(self, simulator: Simulator, report: Report) -> None:
        self._simulator = simulator
        self._report = report
        self._agency = simulator.truth.get(Agency, report.agency)
        self._providers = [simulator.truth.get(Provider, key) for key in report.institutions]
        self._found: list[ReportCheck] = []

    def run(self) -> Report:
        """The report as it stands in the registry afterwards."""
        for provider in self._providers:
            for place in provider.locations:
                if place.verified:
                    self._focus(place.country, "Institution")
        for programme in self._report.programmes:
            self._programme(programme)
        self._official()
        if any(not file.original_location and not file.file for file in self._report.files):
            self._find(_LOW, "File location was not provided.")
        old = [check for check in self._report.checks if check.message not in self._messages]
        checks = [*(check.model_copy(update={"active": False}) for check in old), *self._found]
        flag = max((check.level for check in self._found), default=_NONE)
        new = self._report.model_copy(update={"checks": checks, "flag": flag})
        self._simulator.add(new)
        return new

    @property
    def _messages(self) -> set[str]:
        return {check.message for check in self._found}

    def _find(self, level: int, message: str) -> None:
        if message not in self._messages:
            self._found.append(ReportCheck(level=level, message=message))

    def _focus(self, country: int, whose: str) -> None:
        """A country that is new to the agency is entered as one that it crosses a border for."""
        if country in {focus.country for focus in self._agency.focus_countries}:
            return
        name = self._simulator.truth.get(Country, country).name_english
        focus = FocusCountry(country=country, is_crossborder=True, valid_from=self._report.valid_from)
        self._agency = self._agency.model_copy(
            update={"focus_countries": [*self._agency.focus_countries, focus]}
        )
        self._simulator.add(self._agency)
        acronym = self._agency.acronym_primary
        self._find(
            _LOW, f"{whose} country [{name}] was not on a list as an Agency Focus country for [{acronym}]."
        )

    def _programme(self, programme: Programme) -> None:
        at_home = {place.country for provider in self._providers for place in provider.locations}
        for country in programme.countries:
            self._focus(country, "Programme")
            if country not in at_home:
                name = self._simulator.truth.get(Country, country).name_english
                self._find(
                    _LOW, f"Programme country [{name}] is not amongst the countries of the institution(s)."
                )
        if programme.qf_ehea_level is not None:
            self._level(programme, programme.qf_ehea_level)

    def _level(self, programme: Programme, level: int) -> None:
        """An obligatory report teaches the registry a level of its providers; a voluntary one does not."""
        label = QF_EHEA_LEVEL[level]
        lacking = [p for p in self._providers if level not in {known.level for known in p.levels}]
        if self._report.status != _OBLIGATORY:
            if len(lacking) == len(self._providers):
                self._find(
                    _LOW,
                    f"QF-EHEA Level [{label}] for programme [{programme.name_primary}] should be in the"
                    " institutions QF-EHEA level list.",
                )
            return
        for provider in lacking:
            today = self._simulator.clock.now().date()
            taught = provider.model_copy(
                update={"levels": [*provider.levels, ProviderLevel(level=level, valid_from=today)]}
            )
            self._simulator.add(taught)
            self._providers = [taught if p.id == taught.id else p for p in self._providers]
            self._find(
                _LOW, f"QF-EHEA Level [{label}] was added to the institution [{provider.name_primary}]"
            )

    def _official(self) -> None:
        """Obligatory without official status in any verified country of any provider: withheld."""
        official = {focus.country for focus in self._agency.focus_countries if focus.is_official}
        places = [place for provider in self._providers for place in provider.locations if place.verified]
        if self._report.status == _OBLIGATORY and not any(place.country in official for place in places):
            self._find(
                _HIGH,
                f"Report was listed as obligatory, but the Agency ({self._agency.acronym_primary}) does not"
                " have official status in any of the institution's country",
            )
