"""What the tag beside a threshold stands for: how much evidence there is for the number."""

SOURCES: dict[str, str] = {
    "DEF": "project default, no published figure: site policy",
    "OK": "common clinical knowledge, not re-checked against a text",
    "SEED": "the guideline that the project started from",
    "F5": "NEWS2, Royal College of Physicians 2017, chart 4",
    "F7": "NICE quality standard 56, statement 3",
    "F8": "GIRFT cauda equina pathway",
    "F9": "cauda equina guidance 2021: residual of 200 and 600 mL",
    "F10": "smallest change of pain that patients notice, PMC7053735",
    "F11": "vertebroplasty textbook, table 14.2",
    "F12": "CDC 2022 opioid guideline",
    "F15": "discharge sheets for vertebroplasty and kyphoplasty",
    "F16": "doi 10.1186/s13018-021-02472-9",
    "F19": "ACR and NKF consensus 2020 on contrast, PMC7525144",
    "F28": "scoring rules of the Oswestry index",
    "F31": "ECTS position on stopping denosumab, JCEM 106/1/264",
}
