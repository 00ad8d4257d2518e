"""The calculator on the bench."""

import subprocess
import sys
from pathlib import Path

import pytest

from roxy.testing import check_examples, skill_bench

FOLDER = Path(__file__).parent

RESULTS = {
    "what is 15% of 80": "12",
    "what's 15 percent of 80?": "12",
    "two plus two times three": "8",
    "square root of 144": "12",
    "2^10": "1024",
    "2 to the power of 100": "1267650600228229401496703205376",
    "12 divided by 5": "2.4",
    "what's 7 factorial": "5040",
    "what is 7!": "5040",
    "add 5 and 6": "11",
    "subtract 5 from 10": "5",
    "multiply 6 by 7": "42",
    "20 percent tip on 45": "9",
    "20% off 50": "40",
    "100 - 20%": "80",
    "what percent of 80 is 20": "25",
    "20 is what percent of 80": "25",
    "half of 90": "45",
    "double 21": "42",
    "seven squared": "49",
    "0.1 + 0.2": "0.3",
    "0.1+0.2": "0.3",
    "1/3*3": "1",
    "(2+3)*4": "20",
    "((2 + 3) * 4) / 8": "2.5",
    "5 minus 3 minus 2": "0",
    "negative 5 plus 3": "-2",
    "-5 + 3": "-2",
    "5 - -3": "8",
    "2 + 2 =": "4",
    "3 x 4": "12",
    "3x4": "12",
    "6 × 7": "42",  # noqa: RUF001 - what phones type
    "1,234.5 * 2": "2469",
    "2.5 million divided by 4": "625000",
    "two hundred and five point three times two": "410.6",
    "one hundred and one plus a dozen": "113",
    "twenty-one plus twenty-two": "43",
    "two and a half times 3": "7.5",
    "what's the sum of 1 and 2": "3",
    "the average of 3, 4 and 5": "4",
    "difference between 10 and 4": "6",
    "sine of 30 degrees": "0.5",
    "17 mod 5": "2",
    "calculate sqrt(16) + 2": "6",
    "cube root of 27": "3",
    "how much is 1,234 times 5.5?": "6787",
    "hey roxy, could you calculate 3 + 4 please": "7",
}

CONVERTED = {
    "how many feet in 3 miles": "3 miles = 15,840 feet",
    "how many feet are there in a mile": "1 mile = 5,280 feet",
    "convert 20 celsius to fahrenheit": "20 degrees Celsius = 68 degrees Fahrenheit",
    "what's 100 degrees fahrenheit in celsius": "100 degrees Fahrenheit = 37.78 degrees Celsius",
    "minus 40 f in c": "-40 degrees Fahrenheit = -40 degrees Celsius",
    "20°C in °F": "20 degrees Celsius = 68 degrees Fahrenheit",
    "300 kelvin in celsius": "300 kelvin = 26.85 degrees Celsius",
    "5 foot 11 in cm": "5 feet 11 inches = 180.34 centimeters",
    "5 feet and 11 inches in meters": "5 feet 11 inches = 1.8 meters",
    "5'11\" in cm": "5 feet 11 inches = 180.34 centimeters",
    "5 in in cm": "5 inches = 12.7 centimeters",
    "10 stone 4 in kg": "10 stone 4 pounds = 65.32 kilograms",
    "200 ml in cups": "200 milliliters = 0.845 cups",
    "60 mph in km/h": "60 miles per hour = 96.56 kilometers per hour",
    "2 hours 30 minutes in seconds": "2 hours 30 minutes = 9,000 seconds",
    "how many square feet in an acre": "1 acre = 43,560 square feet",
    "how many ounces in a cup": "1 cup = 8 fluid ounces",
    "how many grams in a pound": "1 pound = 453.59 grams",
    "three and a half miles in km": "3.5 miles = 5.63 kilometers",
    "half a mile in meters": "0.5 miles = 804.67 meters",
    "5km in miles": "5 kilometers = 3.11 miles",
    "how many days in 3 weeks": "3 weeks = 21 days",
    "1.5 gb in mb": "1.5 gigabytes = 1,500 megabytes",
}


@pytest.mark.requirement("bundled.calculator")
async def test_every_calculation_of_the_table_is_right():
    async with skill_bench(FOLDER) as bench:
        got = {said: await bench.say(said) for said in RESULTS}
    assert {
        said: got[said].text for said, wanted in RESULTS.items() if (got[said].data or {}).get("result") != wanted
    } == {}


@pytest.mark.requirement("bundled.calculator")
async def test_every_conversion_of_the_table_is_right():
    async with skill_bench(FOLDER) as bench:
        got = {said: (await bench.say(said)).text for said in CONVERTED}
    assert {said: got[said] for said, wanted in CONVERTED.items() if got[said] != wanted} == {}


def test_every_example_goes_to_its_intent():
    assert check_examples(FOLDER) == []


async def test_the_answer_repeats_the_calculation_with_thousands_apart():
    async with skill_bench(FOLDER) as bench:
        assert (await bench.say("what is 1234567 * 2?")).text == "1234567 * 2 = 2,469,134"
        assert (await bench.say("what is 10 / 3")).text == "10 / 3 = about 3.33333333333"
        assert (await bench.say("calculate 100!")).text == "100! = about 9.33262154439 × 10^157"  # noqa: RUF001 - the sign for times


async def test_a_calculation_goes_on_from_the_last_result():
    async with skill_bench(FOLDER) as bench:
        await bench.say("what is 10 / 3")
        assert (await bench.say("and then times 3")).data["result"] == "10"
        assert (await bench.say("double that")).data["result"] == "20"
        assert (await bench.say("divide it by 8")).data["result"] == "2.5"
        assert (await bench.say("plus 10")).data["result"] == "12.5"
        assert (await bench.say("add 100 to that")).data["result"] == "112.5"
        assert (await bench.say("that squared")).text == "112.5 → that squared = 12,656.25"


async def test_going_on_without_a_result_says_that_there_is_none():
    async with skill_bench(FOLDER) as bench:
        reply = await bench.say("times 3")
    assert not reply.success
    assert "no result yet" in reply.text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("what is 10 / 0", "Dividing by zero has no result."),
        ("5 mod 0", "Dividing by zero has no result."),
        ("0 to the power of -1", "Dividing by zero has no result."),
        ("9^9^9^9", "The result is too large for me."),
        ("what is 9 to the power of 999999999999", "The result is too large for me."),
        ("99999^3999 * 99999^3999", "The result is too large for me."),
        ("calculate 5000!", "I take factorials up to 1000."),
        ("calculate 1.5!", "A factorial is taken of whole numbers from 0 on."),
        ("square root of -4", "The square root of a negative number is not a real number."),
        ("log of 0", "A logarithm is taken of numbers above zero."),
        ("tangent of 90", "The tangent of a right angle has no value."),
        ("calculate 5 times blorp", "I do not know what “blorp” means"),
        ("calculate __import__('os').system('ls')", "I do not know"),
        ("calculate ().__class__.__bases__", "I do not know"),
        ("calculate (1 +", "That is not a calculation I can do."),
        ("calculate " + "1+" * 2000 + "1", "That is too long"),
        ("calculate 1 2 3", "That is not a calculation I can do."),
        ("calculate [x for x in 5]", "I do not know"),
    ],
)
async def test_what_cannot_be_calculated_is_said_with_an_example(said, why):
    async with skill_bench(FOLDER) as bench:
        reply = await bench.say(said)
    assert not reply.success
    assert why in reply.text
    assert "15% of 80" in reply.text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("3 miles in kilograms", "Miles and kilograms do not measure the same thing"),
        ("how many metrs in a mile", "I do not know the unit “metrs”. Did you mean meters or metres or metre?"),
        ("convert 5 blorps to meters", "I do not know the unit “blorps”"),
        ("convert 100 dollars to euros", "exchange rates change"),
        ("how many euros is 5 pounds", "exchange rates change"),
    ],
)
async def test_what_cannot_be_converted_is_said_with_the_reason(said, why):
    async with skill_bench(FOLDER) as bench:
        reply = await bench.say(said)
    assert not reply.success
    assert why in reply.text


@pytest.mark.parametrize(
    "said",
    [
        "what is my wifi password", "remember that 5 plus 5 is my code", "how many reminders do I have",
        "what is the capital of France", "remind me in 5 minutes to stretch", "how many days until christmas",
        "add 2 minutes to the timer", "add 5 eggs to the shopping list", "how many files are in my documents",
        "convert the file to pdf", "in 5 minutes", "5", "what time is it in Tokyo", "what is 5 in german",
        "set a timer for 5 minutes", "open issue 5", "what is in my list",
    ],
)  # fmt: skip
async def test_what_belongs_to_others_is_left_to_them(said):
    async with skill_bench(FOLDER) as bench:
        with pytest.raises(AssertionError, match="no sentence"):
            await bench.say(said)


async def test_a_model_may_call_it_with_slots_alone():
    async with skill_bench(FOLDER) as bench:
        assert (await bench.run("calculate", expression="15% of 80")).data["result"] == "12"
        assert (await bench.run("convert", quantity="3 miles", to="feet")).text == "3 miles = 15,840 feet"
        assert (await bench.run("calculate")).code == "invalid_arguments"
        assert (await bench.run("convert")).code == "invalid_arguments"


def test_arithmetic_does_not_load_the_table_of_units():
    code = (
        "import asyncio, sys\n"
        "from roxy.testing import skill_bench\n"
        "async def main():\n"
        f"    async with skill_bench({str(FOLDER)!r}) as bench:\n"
        "        assert (await bench.say('2 + 2')).success\n"
        "asyncio.run(main())\n"
        "assert 'pint' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
