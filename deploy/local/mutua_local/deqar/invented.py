"""Words of which generated registries are made: real countries, invented places, subjects, activities."""

from typing import Final

COUNTRIES: Final = (
    ("AT", "AUT", "Austria"),
    ("BE", "BEL", "Belgium"),
    ("CZ", "CZE", "Czech Republic"),
    ("DE", "DEU", "Germany"),
    ("DK", "DNK", "Denmark"),
    ("EE", "EST", "Estonia"),
    ("ES", "ESP", "Spain"),
    ("FI", "FIN", "Finland"),
    ("FR", "FRA", "France"),
    ("GE", "GEO", "Georgia"),
    ("IE", "IRL", "Ireland"),
    ("IT", "ITA", "Italy"),
    ("LT", "LTU", "Lithuania"),
    ("NL", "NLD", "Netherlands"),
    ("NO", "NOR", "Norway"),
    ("PL", "POL", "Poland"),
    ("PT", "PRT", "Portugal"),
    ("RO", "ROU", "Romania"),
    ("SE", "SWE", "Sweden"),
    ("SI", "SVN", "Slovenia"),
)
OUTSIDE: Final = (("CL", "CHL", "Chile"), ("JO", "JOR", "Jordan"))
HEADS: Final = (
    "Al",
    "Bren",
    "Cor",
    "Dral",
    "Els",
    "Far",
    "Gol",
    "Hav",
    "Ist",
    "Jor",
    "Kel",
    "Lum",
    "Mar",
    "Nor",
)
MIDDLES: Final = ("a", "e", "i", "o", "u", "an", "en", "or", "el", "ur")
TAILS: Final = ("berg", "dal", "fjord", "grad", "holm", "ica", "mont", "nava", "stad", "tal", "vik", "wald")
FIELDS: Final = ("0311", "0413", "0511", "0541", "0612", "0613", "0714", "0732", "0913", "1015")
SUBJECTS: Final = (
    "Data",
    "Energy",
    "Health",
    "Language",
    "Law",
    "Logistics",
    "Materials",
    "Media",
    "Soil",
    "Trade",
)
KINDS: Final = ("Analytics", "Design", "Engineering", "Management", "Policy", "Studies")
GROUP_TYPES: Final = (2, 1, 3, 4)
GROUP_NAMES: Final = (
    "Institutional evaluation",
    "Programme accreditation",
    "Joint programme review",
    "Combined audit",
)
