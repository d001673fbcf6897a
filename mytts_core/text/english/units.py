"""Units of measure and money: written form to (one, many)."""

from __future__ import annotations


def _regular(**names: str) -> dict[str, tuple[str, str]]:
    return {written: (name, name + "s") for written, name in names.items()}


_PREFIXES = {"k": "kilo", "M": "mega", "G": "giga", "T": "tera", "m": "milli", "c": "centi", "µ": "micro",
             "μ": "micro", "u": "micro", "n": "nano", "d": "deci", "h": "hecto", "p": "pico"}
_SCALED = {   # base: (name, prefixes in use)
    "m": ("meter", "kcmµμun"), "g": ("gram", "kmµμun"), "l": ("liter", "mcdµμ"), "L": ("liter", "mcdµμ"),
    "W": ("watt", "kMGTm"), "Wh": ("watt hour", "kMGTm"), "V": ("volt", "kMmµ"), "A": ("ampere", "kmµ"),
    "Hz": ("hertz", "kMGT"), "Pa": ("pascal", "khM"), "J": ("joule", "kMG"), "N": ("newton", "kM"),
    "s": ("second", "mµμnp"), "F": ("farad", "mµnp"), "Ω": ("ohm", "kM"), "B": ("byte", "kKMGT"),
    "eV": ("electronvolt", "kMGT"), "cal": ("calorie", "k"), "mol": ("mole", "m"), "Ah": ("ampere hour", "m"),
    "bps": ("bit per second", "kKMGT"), "pc": ("parsec", "kM"), "tex": ("tex", "d"), "bar": ("bar", "m"),
}
_IRREGULAR_PLURALS = {"hertz": "hertz", "foot": "feet", "inch": "inches", "tex": "tex"}


def _scaled_units() -> dict[str, tuple[str, str]]:
    units = {}
    for base, (name, prefixes) in _SCALED.items():
        for prefix in ["", *prefixes]:
            one = _PREFIXES.get(prefix, _PREFIXES.get(prefix.lower(), "") if prefix == "K" else "") + name
            units[prefix + base] = (one, plural_unit(one))
    return units


def plural_unit(one: str) -> str:
    """Return the plural of a unit's name: "meter per second" is "meters per second"."""
    head, separator, rest = one.partition(" per ")
    first, space, last = head.rpartition(" ")
    return first + space + _IRREGULAR_PLURALS.get(last, last + "s") + separator + rest


UNITS: dict[str, tuple[str, str]] = {
    **_scaled_units(),
    **_regular(lb="pound", lbs="pound", oz="ounce", yd="yard", yds="yard", mi="mile", gal="gallon", qt="quart",
               pt="pint", tsp="teaspoon", tbsp="tablespoon", min="minute", mins="minute", hr="hour", hrs="hour",
               h="hour", sec="second", secs="second", wk="week", wks="week", mo="month", mos="month", yr="year",
               yrs="year", day="day", dB="decibel", ha="hectare", ac="acre", kt="knot", kn="knot", rpm="revolution per minute",
               dpi="dot per inch", fps="frame per second", ppm="part per million", kph="kilometer per hour",
               kmh="kilometer per hour", kmph="kilometer per hour", mph="mile per hour", mpg="mile per gallon",
               psi="pound per square inch", atm="atmosphere", hp="horsepower", rad="radian", lm="lumen", lx="lux",
               mbps="megabit per second", kbps="kilobit per second", gbps="gigabit per second",
               mbit="megabit", gbit="gigabit", kbit="kilobit", Mbit="megabit", Gbit="gigabit", px="pixel",
               mb="megabyte", gb="gigabyte", tb="terabyte", kb="kilobyte", khz="kilohertz", mhz="megahertz",
               ghz="gigahertz", hz="hertz", kw="kilowatt", kwh="kilowatt hour", ly="light year", dz="dozen",
               cd="candela", da="dalton", pg="picogram", db="decibel"),
    "in": ("inch", "inches"), "ft": ("foot", "feet"), "cc": ("CC", "CC"), "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"),
    "THz": ("terahertz", "terahertz"), "hz": ("hertz", "hertz"), "khz": ("kilohertz", "kilohertz"),
    "mhz": ("megahertz", "megahertz"), "ghz": ("gigahertz", "gigahertz"), "hp": ("horsepower", "horsepower"),
    "lx": ("lux", "lux"), "%": ("percent", "percent"), "‰": ("per mille", "per mille"),
    "sq ft": ("square foot", "square feet"), "sq. ft": ("square foot", "square feet"), "sqft": ("square foot", "square feet"),
    "sq mi": ("square mile", "square miles"), "sq. mi": ("square mile", "square miles"), "sq m": ("square meter", "square meters"),
    "sq km": ("square kilometer", "square kilometers"), "sq. km": ("square kilometer", "square kilometers"),
    "sq. m": ("square meter", "square meters"), "cu ft": ("cubic foot", "cubic feet"), "cu. ft": ("cubic foot", "cubic feet"),
    "cu m": ("cubic meter", "cubic meters"), "fl oz": ("fluid ounce", "fluid ounces"), "fl. oz": ("fluid ounce", "fluid ounces"),
    "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "° C": ("degree Celsius", "degrees Celsius"), "° F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°K": ("degree kelvin", "degrees kelvin"), "°": ("degree", "degrees"),
}
del UNITS["B"]   # "221B Baker Street"
for _plural in [unit for unit in ("rpm", "dpi", "fps", "ppm", "kph", "kmh", "kmph", "mph", "mpg", "psi", "mbps", "kbps",
                                  "gbps")]:
    UNITS[_plural] = (UNITS[_plural][0], plural_unit(UNITS[_plural][0]))
AMBIGUOUS_UNITS = frozenset(("A", "F", "N", "J", "in", "day", "da", "pt", "cd", "ac", "mo", "pc"))
"""Read as a unit only where it touches the number or is part of a compound such as m/s: "2 in the room" is not 2 inches."""

RATE_UNITS = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "hour": "hour", "d": "day",
              "day": "day", "wk": "week", "week": "week", "mo": "month", "month": "month", "yr": "year", "y": "year",
              "year": "year", "kg": "kilogram", "lb": "pound", "g": "gram", "m": "meter", "km": "kilometer",
              "l": "liter", "L": "liter", "gal": "gallon", "person": "person", "night": "night", "sq ft": "square foot",
              "oz": "ounce", "mi": "mile", "mile": "mile", "piece": "piece", "unit": "unit", "share": "share"}

CURRENCIES: dict[str, tuple[str, str, str, str]] = {   # one, many, one of the hundredth, many
    "$": ("dollar", "dollars", "cent", "cents"), "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"), "¥": ("yen", "yen", "sen", "sen"), "₩": ("won", "won", "jeon", "jeon"),
    "₹": ("rupee", "rupees", "paisa", "paise"), "₽": ("ruble", "rubles", "kopek", "kopeks"),
    "₺": ("lira", "lira", "kurus", "kurus"), "₪": ("shekel", "shekels", "agora", "agorot"),
    "₫": ("dong", "dong", "hao", "hao"), "₱": ("peso", "pesos", "centavo", "centavos"),
    "฿": ("baht", "baht", "satang", "satang"), "₴": ("hryvnia", "hryvnias", "kopiyka", "kopiykas"),
    "₦": ("naira", "naira", "kobo", "kobo"), "₿": ("bitcoin", "bitcoins", "", ""), "₤": ("pound", "pounds", "penny", "pence"),
    "₡": ("colon", "colons", "", ""), "₲": ("guarani", "guaranis", "", ""), "₵": ("cedi", "cedis", "pesewa", "pesewas"),
    "₸": ("tenge", "tenge", "", ""), "₭": ("kip", "kip", "", ""), "₮": ("tugrik", "tugriks", "", ""),
    "US$": ("us dollar", "us dollars", "cent", "cents"), "A$": ("australian dollar", "australian dollars", "cent", "cents"),
    "AU$": ("australian dollar", "australian dollars", "cent", "cents"),
    "C$": ("canadian dollar", "canadian dollars", "cent", "cents"),
    "CA$": ("canadian dollar", "canadian dollars", "cent", "cents"),
    "NZ$": ("new zealand dollar", "new zealand dollars", "cent", "cents"),
    "HK$": ("hong kong dollar", "hong kong dollars", "cent", "cents"),
    "S$": ("singapore dollar", "singapore dollars", "cent", "cents"),
    "NT$": ("taiwan dollar", "taiwan dollars", "cent", "cents"),
    "R$": ("real", "reais", "centavo", "centavos"), "MX$": ("mexican peso", "mexican pesos", "centavo", "centavos"),
    "USD": ("US dollar", "US dollars", "cent", "cents"), "EUR": ("euro", "euros", "cent", "cents"),
    "GBP": ("British pound", "British pounds", "penny", "pence"), "JPY": ("Japanese yen", "Japanese yen", "sen", "sen"),
    "CNY": ("yuan", "yuan", "fen", "fen"), "RMB": ("yuan", "yuan", "fen", "fen"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"), "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"), "INR": ("Indian rupee", "Indian rupees", "paisa", "paise"),
    "NZD": ("New Zealand dollar", "New Zealand dollars", "cent", "cents"), "KRW": ("Korean won", "Korean won", "jeon", "jeon"),
    "SEK": ("Swedish krona", "Swedish kronor", "ore", "ore"), "NOK": ("Norwegian krone", "Norwegian kroner", "ore", "ore"),
    "DKK": ("Danish krone", "Danish kroner", "ore", "ore"), "PLN": ("zloty", "zlotys", "grosz", "groszy"),
    "MXN": ("Mexican peso", "Mexican pesos", "centavo", "centavos"), "BRL": ("Brazilian real", "Brazilian reais", "centavo", "centavos"),
    "RUB": ("ruble", "rubles", "kopek", "kopeks"), "TRY": ("Turkish lira", "Turkish lira", "kurus", "kurus"),
    "IRR": ("Iranian rial", "Iranian rials", "", ""), "Rs": ("rupee", "rupees", "paisa", "paise"),
    "Rs.": ("rupee", "rupees", "paisa", "paise"), "kr": ("krona", "kronor", "ore", "ore"),
}
MAGNITUDES = {"k": "thousand", "m": "million", "mn": "million", "mm": "million", "mil": "million", "b": "billion",
              "bn": "billion", "t": "trillion", "tn": "trillion", "thousand": "thousand", "million": "million",
              "billion": "billion", "trillion": "trillion", "hundred": "hundred", "lakh": "lakh", "crore": "crore",
              "quadrillion": "quadrillion", "dozen": "dozen"}
