"""Words that are written short: titles, abbreviations, months, states, streets."""

from __future__ import annotations

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")
MONTH_SHORT = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10,
               "nov": 11, "dec": 12}
WEEKDAY_SHORT = {"mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday",
                 "thur": "Thursday", "thurs": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"}

TITLES = {   # before a name; with or without the full stop
    "Dr": "doctor", "Mr": "mister", "Mrs": "misses", "Ms": "miz", "Prof": "professor", "Capt": "captain",
    "Lt": "lieutenant", "Sgt": "sergeant", "Col": "colonel", "Cpl": "corporal", "Pvt": "private", "Cmdr": "commander",
    "Adm": "admiral", "Messrs": "messers", "Mme": "madame", "Mlle": "mademoiselle", "Drs": "doctors",
}
TITLES_WITH_STOP = {   # words of their own without it
    "Gen": "general", "Rev": "reverend", "Hon": "honorable", "Gov": "governor", "Sen": "senator",
    "Rep": "representative", "Pres": "president", "Maj": "major", "Fr": "father", "St": "saint", "Mt": "mount",
    "Ft": "fort", "Sr": "sister", "Br": "brother", "Supt": "superintendent", "Amb": "ambassador", "Sec": "secretary",
}
ANYWHERE = {   # with the full stop, before anything
    "vs": "versus", "etc": "et cetera", "dept": "department", "approx": "approximately", "apt": "apartment",
    "assn": "association", "assoc": "associates", "bros": "brothers", "corp": "corporation", "inc": "incorporated",
    "ltd": "limited", "jr": "junior", "sr": "senior", "esq": "esquire", "co": "company", "univ": "university",
    "govt": "government", "misc": "miscellaneous", "tel": "telephone", "ext": "extension", "est": "established",
    "ca": "circa", "cf": "compare", "viz": "namely", "ibid": "ibidem", "intl": "international", "natl": "national",
    "mfg": "manufacturing", "max": "maximum", "min": "minimum", "avg": "average", "blvd": "boulevard", "ave": "avenue",
    "hwy": "highway", "pkwy": "parkway", "appt": "appointment", "temp": "temperature", "ed": "edition",
    "vol": "volume", "ch": "chapter", "sec": "section", "pp": "pages", "pg": "page", "fig": "figure", "no": "number",
    "nos": "numbers", "art": "article", "para": "paragraph", "eq": "equation", "rm": "room", "bldg": "building",
    "par": "paragraph", "pt": "part", "hon": "honorable", "attn": "attention", "dist": "district", "div": "division",
    "ret": "retired", "rte": "route", "sch": "school", "terr": "territory", "wm": "William", "geo": "George",
    "chas": "Charles", "jas": "James", "jos": "Joseph", "thos": "Thomas", "benj": "Benjamin",
}
ONLY_BEFORE_NUMBER = frozenset(("vol", "ch", "sec", "pp", "pg", "fig", "no", "nos", "art", "para", "eq", "rm", "par",
                                "pt", "apt", "ext", "est", "ca", "min", "max", "tel"))
ONLY_CAPITALISED = frozenset(("wm", "geo", "chas", "jas", "jos", "thos", "benj", "hon", "ave", "blvd", "hwy", "pkwy"))
PHRASES = {   # whole, full stops and all; case does not matter
    "e.g.": "for example", "i.e.": "that is", "a.k.a.": "also known as", "aka": "also known as", "et al.": "et al",
    "ph.d.": "PhD", "ph.d": "PhD", "m.d.": "MD", "b.a.": "BA", "m.a.": "MA", "p.s.": "PS", "r.s.v.p.": "RSVP",
    "&c.": "et cetera", "w/o": "without", "w/": "with", "b/c": "because", "n/a": "not applicable", "c/o": "care of",
    "a/c": "AC", "tv": "TV", "tvs": "TVs", "b.sc.": "BSc", "m.sc.": "MSc", "dvd": "DVD", "cd-rom": "CD ROM",
    "24/7": "twenty four seven",
    "9/11": "nine eleven", "50/50": "fifty fifty", "4x4": "four by four", "401(k)": "four oh one k",
    "401k": "four oh one k", "403(b)": "four oh three b", "20/20": "twenty twenty",
    "and/or": "and or", "vs": "versus", "wwi": "World War one", "wwii": "World War two", "c#": "C sharp",
    "f#": "F sharp", ".net": "dot net", "c++": "C plus plus",
}
STREETS = {"st": "Street", "ave": "Avenue", "av": "Avenue", "blvd": "Boulevard", "rd": "Road", "dr": "Drive",
           "ln": "Lane", "ct": "Court", "pl": "Place", "expy": "Expressway", "hwy": "Highway", "pkwy": "Parkway",
           "sq": "Square", "ter": "Terrace", "terr": "Terrace", "cir": "Circle", "way": "Way", "fwy": "Freeway",
           "aly": "Alley", "plz": "Plaza", "trl": "Trail", "xing": "Crossing", "street": "Street", "avenue": "Avenue",
           "road": "Road", "drive": "Drive", "lane": "Lane", "boulevard": "Boulevard", "court": "Court",
           "place": "Place", "highway": "Highway", "parkway": "Parkway", "expressway": "Expressway",
           "square": "Square", "terrace": "Terrace", "circle": "Circle", "freeway": "Freeway", "plaza": "Plaza"}
DIRECTIONS = {"N": "North", "S": "South", "E": "East", "W": "West", "NE": "North East", "NW": "North West",
              "SE": "South East", "SW": "South West"}
STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi",
    "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio",
    "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "DC": "DC",
}
STATES_THAT_ARE_WORDS = frozenset(("OK", "IN", "OR", "ME", "HI", "OH", "PA", "MA", "LA", "ID", "AL", "CO", "DE", "MS",
                                   "MD", "DC"))
ROMAN_AFTER = ("chapter", "part", "volume", "book", "section", "act", "scene", "war", "phase", "stage", "type",
               "class", "level", "title", "article", "appendix", "table", "figure", "episode", "season", "bowl",
               "grade", "unit", "lesson", "step", "round", "group", "category", "verse", "canto", "plate", "mark",
               "olympiad")
FIRST_NAMES = frozenset((
    "Henry James Charles George Edward William Richard John Louis Philip Francis Frederick Nicholas Alexander Peter "
    "Paul Pius Benedict Clement Innocent Gregory Urban Leo Boniface Elizabeth Mary Catherine Ferdinand Alfonso Otto "
    "Leopold Napoleon Ivan Gustav Christian Umberto Victor Ramses Ptolemy Darius Cyrus Xerxes Sam Thomas Robert "
    "David Michael Joseph Albert Baldwin Malcolm Stephen Harald Haakon Olaf Carl Karl Sigismund Wilhelm Friedrich "
    "Ludwig Maximilian Rudolf Constantine Justinian Theodosius Valentinian Sixtus Julius Martin Adrian Hadrian "
    "Celestine Eugene Honorius Lucius Marcus Anne Margaret Isabella Joan Juan Carlos Felipe Pedro Manuel Jane "
    "Abdullah Mehmed Murad Selim Suleiman Mohammed Faisal Hassan Hussein Reza Walter Arthur Harold Donald Daniel "
    "Patrick Andrew Matthew Luke Simon Samuel Benjamin Jacob Adam Max Frank Fred Jack Harry Rama Tutankhamun").split())
