"""Countries as the SQL views show them, in a list, in detail, by agency and by reports."""

from .codes import PERMISSION, QA_REQUIREMENT_TYPE
from .dates import iso
from .model import Agency, Country, FocusCountry, Json
from .view import View


def country_short(view: View, key: int) -> Json:
    country = view.truth.get(Country, key)
    return {
        "id": country.id,
        "url": f"{view.base}/webapi/v2/browse/countries/{country.id}/",
        "name_english": country.name_english,
        "iso_3166_alpha2": country.alpha2,
        "iso_3166_alpha3": country.alpha3,
    }


def country_row(view: View, country: Country, agency_count: int) -> Json:
    return {
        **country_short(view, country.id),
        "external_QAA_is_permitted": PERMISSION[country.external_qaa],
        "european_approach_is_permitted": PERMISSION[country.european_approach],
        "has_full_institution_list": country.has_full_institution_list,
        "ehea_key_commitment": country.key_commitment,
        "eqar_governmental_member_start": iso(country.governmental_member_start),
        "agency_count": agency_count,
    }


def country_detail(view: View, country: Country) -> Json:
    """The detail; unlike the list it has neither url nor agency_count."""
    return {
        "id": country.id,
        "name_english": country.name_english,
        "iso_3166_alpha2": country.alpha2,
        "iso_3166_alpha3": country.alpha3,
        "ehea_is_member": country.ehea_is_member,
        "eqar_governmental_member_start": iso(country.governmental_member_start),
        "qa_requirements": [
            {
                "qa_requirement": row.requirement,
                "qa_requirement_type": QA_REQUIREMENT_TYPE[row.type],
                "qa_requirement_note": row.note,
                "requirement_valid_from": iso(row.valid_from),
                "requirement_valid_to": iso(row.valid_to),
            }
            for row in view.kept(country.qa_requirements, lambda r: r.valid_to)
        ],
        "qa_requirement_note": country.qa_requirement_note,
        "external_QAA_is_permitted": PERMISSION[country.external_qaa],
        "external_QAA_note": country.external_qaa_note,
        "eligibility": country.eligibility,
        "conditions": country.conditions,
        "recognition": country.recognition,
        "european_approach_is_permitted": PERMISSION[country.european_approach],
        "european_approach_note": country.european_approach_note,
        "has_full_institution_list": country.has_full_institution_list,
        "ehea_key_commitment": country.key_commitment,
        "general_note": country.general_note,
        "qaa_regulations": [
            {
                "regulation": row.text,
                "regulation_url": row.url,
                "regulation_valid_from": iso(row.valid_from),
                "regulation_valid_to": iso(row.valid_to),
            }
            for row in view.kept(country.regulations, lambda r: r.valid_to)
        ],
        "report_count": view.truth.reports_in_country(country.id),
        "institution_count": view.truth.providers_in_country(country.id),
        "historical_data": view.kept_history(country.history),
    }


def country_by_reports(view: View, country: Country, institution_count: int) -> Json:
    return {
        **country_short(view, country.id),
        "ehea_is_member": country.ehea_is_member,
        "has_full_institution_list": country.has_full_institution_list,
        "ehea_key_commitment": country.key_commitment,
        "institution_count": institution_count,
        "institution_total": view.truth.placed_providers(country.id),
        "institution_eter": view.truth.placed_providers(country.id, with_eter=True),
        "reports_total": view.truth.reports_in_country(country.id),
    }


def focus_country(view: View, agency: Agency, focus: FocusCountry) -> Json:
    country = view.truth.get(Country, focus.country)
    return {
        "country_url": f"{view.base}/webapi/v2/browse/countries/{country.id}/",
        "country": country.name_english,
        "country_is_official": focus.is_official,
        "country_is_crossborder": focus.is_crossborder,
        "country_valid_from": iso(focus.valid_from),
        "country_valid_to": iso(focus.valid_to),
        "institution_count": view.truth.providers_in_country(country.id, agency.id),
        "report_count": view.truth.reports_in_country(country.id, agency.id),
        "country_is_ehea": country.ehea_is_member,
    }
