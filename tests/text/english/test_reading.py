"""What is written, and what is said, a table a class; none of the cases is from a published suite."""

import pytest

from mytts_core.text.normalize import normalize

CASES = {
    "address": [
        ("350 Fifth Ave., New York, NY 10118-1234",
         "three fifty Fifth Avenue, New York, New York one zero one one eight dash one two three four"),
        ("We live at 221B Baker St. in London.", "We live at two twenty one B Baker Street in London."),
        ("45 W. 34th St.", "forty five West thirty fourth Street."),
        ("1600 Pennsylvania Avenue NW", "sixteen hundred Pennsylvania Avenue North West"),
        ("2nd St. and 5th Ave.", "second Street and fifth Avenue"),
        ("Well, OK then", "Well, OK then"),
    ],
    "cardinal": [
        ("0", "zero"), ("1001 nights", "one thousand and one nights"), ("-12", "minus twelve"),
        ("007", "zero zero seven"),
        ("1,000,000", "one million"), ("45000 people", "forty five thousand people"),
        ("95051", "nine five zero five one"),
        ("9" * 40, " ".join(["nine"] * 40)),
    ],
    "date": [
        ("on July 4th, 1776, in Philadelphia", "on July fourth, seventeen seventy six, in Philadelphia"),
        ("Sat, Jan 5", "Saturday, January fifth"), ("March 3-5, 2020", "March third to fifth, twenty twenty"),
        ("Feb. 29", "February twenty ninth"), ("the 5th of May", "the fifth of May"), ("44 BC", "forty four BC"),
        ("A.D. 476", "AD four seventy six"), ("the 1990s and the '60s", "the nineteen nineties and the sixties"),
        ("2000s", "two thousands"), ("1905", "nineteen oh five"), ("2005", "two thousand five"),
        ("1066", "ten sixty six"),
        ("02/2012", "February twenty twelve"), ("12 may be enough", "twelve may be enough"), ("13/45/2020", None),
    ],
    "decimal": [("3.14", "three point one four"), ("1,000.5", "one thousand point five"), (".5", "point five"),
                ("2.5B", "two point five B"), ("v2.1", "version two point one")],
    "electronic": [
        ("mail jo.b2@x-y.org!", "mail jo dot b two at x dash y dot org!"),
        ("See www.foo.co.uk.", "See WWW dot foo dot co dot UK."),
        ("https://a.org/b?c=1", "HTTPS colon slash slash a dot org slash b question mark c equals one"),
        ("#BigNews from @jo_b", "hashtag Big News from at jo b"), ("the end.It was", "the end.It was"),
    ],
    "fraction": [("2 1/2 cups", "two and one half cups"), ("3/4", "three quarters"), ("1/100", "one one hundredth"),
                 ("½ hour, 3½ hours", "one half hour, three and one half hours"), ("5/0", "five slash zero")],
    "math": [("x^2 + y^2 = z^2", "x squared plus y squared equals z squared"), ("10⁶", "ten to the power of six"),
             ("(2+3)*4=20", "(two plus three) times four equals twenty"),
             ("6 ÷ 2 = 3", "six divided by two equals three"),
             ("10/2=5", "ten divided by two equals five"), ("3 > 2", "three is greater than two"),
             ("~50", "about fifty")],
    "measure": [
        ("-5°C", "minus five degrees Celsius"), ("9.8 m/s²", "nine point eight meters per second squared"),
        ("5 in. wide and 6'2\" tall", "five inches wide and six feet two inches tall"), ("1/2 kg", "one half kilogram"),
        ("5.5% of 2 ml", "five point five percent of two milliliters"), ("100 km/h", "one hundred kilometers per hour"),
        ("5 in the room", "five in the room"), ("2.4GHz and 16GB", "two point four gigahertz and sixteen gigabytes"),
        ("3 mi²", "three square miles"), ("10mm x 20mm", "ten millimeters by twenty millimeters"),
        ("24-bit", "twenty four bit"),
    ],
    "money": [
        ("-$5", "minus five dollars"), ("£1.01", "one pound one penny"),
        ("€2.50/kg", "two euros fifty cents per kilogram"),
        ("$10k/yr", "ten thousand dollars per year"), ("$5-10 million", "five to ten million dollars"),
        ("75¢", "seventy five cents"),
        ("20 USD", "twenty US dollars"), ("$1,234.56", "one thousand two hundred and thirty four dollars fifty six "
                                                       "cents"),
    ],
    "ordinal": [("22nd", "twenty second"), ("1,000,000th", "one millionth"), ("4th-5th", "fourth to fifth"),
                ("2st", "two st")],
    "range": [("pages 10-15", "pages ten to fifteen"), ("2-3%", "two to three percent"),
              ("1990-95", "nineteen ninety to ninety five"),
              ("100-200km", "one hundred to two hundred kilometers"),
              ("45-50°F", "forty five to fifty degrees Fahrenheit"),
              ("16:9", "sixteen to nine")],
    "roman": [("Henry VIII", "Henry the eighth"), ("World War II", "World War two"), ("Chapter IV", "Chapter four"),
              ("the XIV century", "the fourteenth century"), ("I am", "I am"), ("Mary I love you", "Mary I love you"),
              ("Elizabeth I was", "Elizabeth the first was"), ("MIX it", "MIX it")],
    "serial": [("covid-19", "covid nineteen"), ("R2D2", "R two D two"), ("c325b", "c three two five b"),
               ("3D", "three D"),
               ("H2O", "H two O"), ("3-year-old", "three year old")],
    "telephone": [
        ("call 911 now", "call nine one one now"), ("555-1234", "five five five, one two three four"),
        ("+44 20 7946 0958", "plus four four, two zero, seven nine four six, zero nine five eight"),
        ("1-888-FLOWERS", "one, eight eight eight, FLOWERS"),
        ("192.168.1.1", "one nine two dot one six eight dot one dot one"),
    ],
    "time": [("2:05 PM EST", "two oh five PM EST"), ("0:30", "zero thirty"), ("5-7pm", "five to seven PM"),
             ("10:15-11:45", "ten fifteen to eleven forty five"), ("at 5 p.m. He left", "at five PM. He left"),
             ("23:59:01", "twenty three hours fifty nine minutes and one second")],
    "abbreviations": [
        ("Mr. and Mrs. Jones", "mister and misses Jones"), ("the U.S. Army", "the US Army"),
        ("in the U.S.", "in the US."),
        ("St. Louis", "saint Louis"), ("e.g. pears, etc.", "for example pears, et cetera."),
        ("No. 5, fig. 2", "Number five, figure two"),
        ("Say no.", "Say no."), ("Q&A", "Q and A"), ("and/or", "and or"), ("24/7", "twenty four seven"),
    ],
    "symbols": [("100 %", "one hundred percent"), ("#1", "number one"), ("stars * and bars", "stars and bars"),
                ("#", "hash"), ("wait.... what?!?!", "wait... what?"),
                ("a--b", "a—b"), ("one ,two", "one, two"), ("temperature 20°", "temperature twenty degrees")],
}


@pytest.mark.parametrize("written, said", [pytest.param(*case, id=f"{name}: {case[0]}") for name, cases in CASES.items()
                                           for case in cases if case[1] is not None])
def test_what_is_written_becomes_what_is_said(written: str, said: str) -> None:
    assert normalize(written, "en-us") == said


def test_no_date_is_made_of_numbers_that_are_none() -> None:
    assert "of" not in normalize("13/45/2020", "en-us").split()


def test_plain_words_stay_as_they_are() -> None:
    text = "Whoever the old man was, he didn't say (not \"then\"); well - maybe!"
    assert normalize(text, "en-us") == text
