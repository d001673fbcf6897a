"""Units of measure: written form to (one, many)."""

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


def _areas_and_volumes() -> dict[str, tuple[str, str]]:
    """Return units written with a word before: "sq ft", "cu. m"."""
    bases = {"ft": ("foot", "feet"), "in": ("inch", "inches"), "yd": ("yard", "yards"), "mi": ("mile", "miles"),
             "m": ("meter", "meters"), "cm": ("centimeter", "centimeters"), "km": ("kilometer", "kilometers")}
    return {f"{short}{dot} {unit}": (f"{word} {one}", f"{word} {many}") for short,
            word in (("sq", "square"), ("cu", "cubic"))
            for dot in ("", ".") for unit, (one, many) in bases.items()} | {"sqft": ("square foot", "square feet")}


UNITS: dict[str, tuple[str, str]] = {
    **_scaled_units(),
    **_regular(lb="pound", lbs="pound", oz="ounce", yd="yard", yds="yard", mi="mile", gal="gallon", qt="quart",
               pt="pint", tsp="teaspoon", tbsp="tablespoon", min="minute", mins="minute", hr="hour", hrs="hour",
               h="hour", sec="second", secs="second", wk="week", wks="week", mo="month", mos="month", yr="year",
               yrs="year", day="day", dB="decibel", ha="hectare", ac="acre", kt="knot", kn="knot",
               rpm="revolution per minute",
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
    **_areas_and_volumes(), "fl oz": ("fluid ounce", "fluid ounces"), "fl. oz": ("fluid ounce", "fluid ounces"),
    "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "° C": ("degree Celsius", "degrees Celsius"), "° F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°K": ("degree kelvin", "degrees kelvin"), "°": ("degree", "degrees"),
}
del UNITS["B"]   # "221B Baker Street"
UNITS |= {unit: (one, plural_unit(one)) for unit, (one, _) in UNITS.items() if " per " in one}
AMBIGUOUS_UNITS = frozenset(("A", "F", "N", "J", "in", "day", "da", "pt", "cd", "ac", "mo", "pc"))
"""Read as a unit only where it touches the number or is part of a compound such as A/m: "2 in the room"."""

RATE_UNITS = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "hour": "hour", "d": "day",
              "day": "day", "wk": "week", "week": "week", "mo": "month", "month": "month", "yr": "year", "y": "year",
              "year": "year", "kg": "kilogram", "lb": "pound", "g": "gram", "m": "meter", "km": "kilometer",
              "l": "liter", "L": "liter", "gal": "gallon", "person": "person", "night": "night", "sq ft": "square foot",
              "oz": "ounce", "mi": "mile", "mile": "mile", "piece": "piece", "unit": "unit", "share": "share"}
