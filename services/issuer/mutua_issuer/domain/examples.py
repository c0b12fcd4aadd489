"""Examples that the API's description shows; a test holds them to the rules."""

from typing import Any, Final

REGISTRATION: Final[dict[str, Any]] = {
    "iss": "https://univ-lisvik.example",
    "names": {"en": "University of Lisvik", "no": "Universitetet i Lisvik"},
    "country": "NO",
    "identifiers": [
        {"scheme": "ETER", "value": "NO0042"},
        {"scheme": "ERASMUS", "value": "N LISVIK01"},
        {"scheme": "SCHAC", "value": "univ-lisvik.example"},
    ],
}

COMPONENT: Final[dict[str, Any]] = {
    "title": {"en": "Data literacy"},
    "learning_outcomes": [
        {
            "id": "LO1",
            "statement": {"en": "Explains what a sample can and cannot show"},
            "skills": ["http://data.europa.eu/esco/skill/143769d6-3fb2-4eea-8eae-a2be6af2c1a2"],
        }
    ],
    "workload": {"ects": "5", "hours": "130"},
    "level": {"eqf": 6},
    "type_of_assessment": ["written-examination"],
    "form_of_participation": ["online"],
    "type_of_quality_assurance": [{"type": "institutional-quality-assurance"}],
    "prerequisites": {"en": "None"},
    "supervision_and_identity_verification": "supervised-onsite-with-id",
    "stackability": {"option": "stackable", "towards": {"en": "Bachelor of Nursing"}},
    "field_of_study": ["0613"],
}

AWARD: Final[dict[str, Any]] = {
    "external_id": "2026-1042-AST-DAT-020",
    "learner_id": "s-1042",
    "award": {
        "component": "AST-DAT-020",
        "learner": {"given_name": "Given", "family_name": "Family", "birth_date": "2001-02-03"},
        "date_of_issuing": "2026-06-20",
        "grade": {"value": "B", "scheme": "ECTS grading scale"},
    },
}

WHOLE: Final[dict[str, Any]] = {
    "external_id": "2026-1042-AST-DAT-020",
    "learner_id": "s-1042",
    "content": {
        "learner": {
            "identifiers": [
                {"scheme": "esi", "value": "urn:schac:personalUniqueCode:int:esi:univ-lisvik.example:1042"}
            ]
        },
        "country_of_issuer": {"country": "NO", "region": "NO060"},
        "awarding_body": {
            "name": {"en": "University of Lisvik"},
            "identifiers": [{"scheme": "DEQARINST", "value": "DEQARINST7105"}],
        },
        "date_of_issuing": "2026-06-20",
        "grade": {"value": "B", "scheme": "ECTS grading scale"},
        **COMPONENT,
        "further_information": {
            "text": {"en": "Taught in English."},
            "links": ["https://univ-lisvik.example/courses/data"],
        },
        "component": "AST-DAT-020",
    },
}
