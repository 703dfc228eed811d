"""Reference tables: ISIC Rev. 4 sections, and the region to which each ISO 3166-1 country belongs."""

from django.utils.translation import gettext_lazy as _

INDUSTRIES = [
    ("A", _("Agriculture, forestry and fishing")),
    ("B", _("Mining and quarrying")),
    ("C", _("Manufacturing")),
    ("D", _("Electricity, gas, steam and air conditioning supply")),
    ("E", _("Water supply, sewerage, waste management")),
    ("F", _("Construction")),
    ("G", _("Wholesale and retail trade")),
    ("H", _("Transportation and storage")),
    ("I", _("Accommodation and food service")),
    ("J", _("Information and communication")),
    ("K", _("Financial and insurance activities")),
    ("L", _("Real estate activities")),
    ("M", _("Professional, scientific and technical activities")),
    ("N", _("Administrative and support services")),
    ("O", _("Public administration and defence")),
    ("P", _("Education")),
    ("Q", _("Human health and social work")),
    ("R", _("Arts, entertainment and recreation")),
    ("S", _("Other services")),
    ("T", _("Households as employers")),
    ("U", _("Extraterritorial organisations")),
]

REGIONS = [
    ("europe-north", _("Northern Europe")),
    ("europe-west", _("Western Europe")),
    ("europe-south", _("Southern Europe")),
    ("europe-east", _("Eastern Europe")),
    ("america-north", _("North America")),
    ("america-latin", _("Latin America and the Caribbean")),
    ("africa", _("Africa")),
    ("middle-east", _("Middle East")),
    ("asia-central", _("Central and South Asia")),
    ("asia-pacific", _("Asia-Pacific")),
]

_COUNTRIES = {
    "europe-north": "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ",
    "europe-west": "AT BE CH DE FR LI LU MC NL",
    "europe-south": "AD AL BA CY ES GI GR HR IT ME MK MT PT RS SI SM VA XK",
    "europe-east": "BG BY CZ HU MD PL RO RU SK UA",
    "america-north": "BM CA GL PM US UM",
    "america-latin": (
        "AG AI AR AW BB BL BO BQ BR BS BV BZ CL CO CR CU CW DM DO EC FK GD GF GP GS GT GY HN HT JM KN KY LC MF MQ MS "
        "MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI"
    ),
    "africa": (
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ "
        "NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TF TG TN TZ UG YT ZA ZM ZW"
    ),
    "middle-east": "AE AM AZ BH GE IL IQ IR JO KW LB OM PS QA SA SY TR YE",
    "asia-central": "AF BD BT IN KG KZ LK MV NP PK TJ TM UZ",
    "asia-pacific": (
        "AQ AS AU BN CC CK CN CX FJ FM GU HK HM ID JP KH KI KP KR LA MH MM MN MO MP MY NC NF NR NU NZ PF PG PH PN PW "
        "SB SG TH TK TL TO TV TW VN VU WF WS"
    ),
}
REGION_OF = {country: region for region, countries in _COUNTRIES.items() for country in countries.split()}
