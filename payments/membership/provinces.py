"""The provinces of China's central and western regions, by ISO 3166-2 code.

The division of the National Bureau of Statistics of China (east, centre, west, north-east; announcement of 13 June
2011): six central provinces and twelve western ones. The north-east is neither.
"""

from app.core.i18n import N_

CENTRAL = {
    "CN-SX": N_("Shanxi"),
    "CN-AH": N_("Anhui"),
    "CN-JX": N_("Jiangxi"),
    "CN-HA": N_("Henan"),
    "CN-HB": N_("Hubei"),
    "CN-HN": N_("Hunan"),
}
WESTERN = {
    "CN-NM": N_("Inner Mongolia"),
    "CN-GX": N_("Guangxi"),
    "CN-CQ": N_("Chongqing"),
    "CN-SC": N_("Sichuan"),
    "CN-GZ": N_("Guizhou"),
    "CN-YN": N_("Yunnan"),
    "CN-XZ": N_("Tibet"),
    "CN-SN": N_("Shaanxi"),
    "CN-GS": N_("Gansu"),
    "CN-QH": N_("Qinghai"),
    "CN-NX": N_("Ningxia"),
    "CN-XJ": N_("Xinjiang"),
}
PROVINCES = CENTRAL | WESTERN
