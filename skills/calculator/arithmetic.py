"""Arithmetic in exact fractions, with `simpleeval` (never `eval`).

0.1 + 0.2 is 0.3 and a third times three is one, because every number is a fraction; only roots and the functions of
trigonometry are rounded, to 28 digits or to what the machine's numbers hold. Powers, factorials and lengths are
bounded, so that no expression can take long.
"""

import ast
import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

_MAX_BITS = 16_000
"""Of a result, some 4,800 figures."""
_MAX_FACTORIAL = 1_000
MAX_LENGTH = 500
"""Of what is said, and of an expression, in characters."""
_DIGITS = 28
_SHOWN = 12
_LONGEST_WHOLE = 10**21
_NODES = (ast.Expr, ast.UnaryOp, ast.BinOp, ast.Call, ast.Name)
"""All that an expression may hold, besides numbers; simpleeval would take comparisons, lists and more."""
_SMALLEST_SHOWN = Decimal("1e-6")


class CannotCalculateError(Exception):
    """Why there is no result, as a sentence for people."""


def calculate(expression: str) -> Fraction:
    """The value of an expression in symbols: `+ - * / % **`, parentheses and the functions below.

    Raises:
        CannotCalculateError: it is too long or large, divides by zero, or is no expression.

    """
    if len(expression) > MAX_LENGTH:
        raise CannotCalculateError(f"That is too long: I take up to {MAX_LENGTH} characters.")
    evaluator = SimpleEval(
        operators=_OPERATORS, functions=_FUNCTIONS, names={"pi": Fraction(math.pi), "e": Fraction(math.e)}
    )
    evaluator.nodes = {kind: evaluator.nodes[kind] for kind in _NODES} | {ast.Constant: _constant}
    try:
        return Fraction(evaluator.eval(expression))
    except ZeroDivisionError:
        raise CannotCalculateError("Dividing by zero has no result.") from None
    except OverflowError:
        raise CannotCalculateError("The result is too large for me.") from None
    except (InvalidExpression, SyntaxError, TypeError, ValueError, RecursionError, MemoryError):
        raise CannotCalculateError("That is not a calculation I can do.") from None


def _constant(node: ast.Constant) -> Fraction:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise InvalidExpression("only numbers")
    return Fraction(repr(node.value))


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MAX_BITS:
        raise OverflowError
    return value


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if base == 0 and exponent < 0:
        raise ZeroDivisionError
    if exponent.denominator == 1:
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if size > 1 and size * abs(exponent) > _MAX_BITS:
            raise OverflowError
        return Fraction(base ** int(exponent % 2 if abs(base) == 1 else exponent))
    if base < 0:
        raise CannotCalculateError("A fractional power of a negative number is not a real number.")
    if exponent == Fraction(1, 2):
        return _root(base)
    return Fraction(float(base) ** float(exponent))


def _root(value: Fraction) -> Fraction:
    if value < 0:
        raise CannotCalculateError("The square root of a negative number is not a real number.")
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    with localcontext() as context:
        context.prec = _DIGITS
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())


def _cube_root(value: Fraction) -> Fraction:
    near = Fraction(round(math.cbrt(float(value))))
    return near if near**3 == value else Fraction(math.cbrt(float(value)))


def _factorial(value: Fraction) -> Fraction:
    if value.denominator != 1 or value < 0:
        raise CannotCalculateError("A factorial is taken of whole numbers from 0 on.")
    if value > _MAX_FACTORIAL:
        raise CannotCalculateError(f"I take factorials up to {_MAX_FACTORIAL}.")
    return Fraction(math.factorial(int(value)))


def _logarithm(of: Callable[[float], float]) -> Callable[[Fraction], Fraction]:
    def logarithm(value: Fraction) -> Fraction:
        if value <= 0:
            raise CannotCalculateError("A logarithm is taken of numbers above zero.")
        return Fraction(of(float(value)))

    return logarithm


def _of_degrees(of: Callable[[float], float]) -> Callable[[Fraction], Fraction]:
    return lambda value: Fraction(round(of(math.radians(float(value % 360))), 15))


def _tangent(value: Fraction) -> Fraction:
    if value % 180 == 90:  # noqa: PLR2004 - a right angle
        raise CannotCalculateError("The tangent of a right angle has no value.")
    return _of_degrees(math.tan)(value)


def _average(*values: Fraction) -> Fraction:
    return sum(values, Fraction()) / len(values)


_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: lambda a, b: _bounded(a + b),
    ast.Sub: lambda a, b: _bounded(a - b),
    ast.Mult: lambda a, b: _bounded(a * b),
    ast.Div: lambda a, b: _bounded(a / b),
    ast.FloorDiv: lambda a, b: Fraction(a // b),
    ast.Mod: lambda a, b: a % b,
    ast.Pow: _power,
    ast.USub: lambda a: -a,
    ast.UAdd: lambda a: a,
}
_FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "sqrt": _root, "cbrt": _cube_root, "factorial": _factorial, "abs": abs,
    "round": lambda value: Fraction(round(value)),
    "log": _logarithm(math.log10), "ln": _logarithm(math.log), "sin": _of_degrees(math.sin),
    "cos": _of_degrees(math.cos), "tan": _tangent, "average": _average, "max": max, "min": min,
}  # fmt: skip
FUNCTIONS = frozenset(_FUNCTIONS)


def shown(value: Fraction) -> str:
    """`15,840`, `0.3`, `3.33333333333`, `9.3326215e157`: twelve significant figures, thousands apart."""
    if value.denominator == 1 and abs(value) < _LONGEST_WHOLE**2:
        return f"{value.numerator:,}"
    with localcontext() as context:
        context.prec = _SHOWN
        number = (Decimal(value.numerator) / Decimal(value.denominator)).normalize()
    if abs(number) >= _LONGEST_WHOLE or abs(number) < _SMALLEST_SHOWN:
        figures, _, exponent = f"{number:e}".partition("e")
        return f"{figures.rstrip('0').rstrip('.') if '.' in figures else figures} × 10^{int(exponent)}"  # noqa: RUF001 - the sign for times
    return f"{number:,f}"


def is_rounded(value: Fraction) -> bool:
    """Whether `shown` leaves figures out."""
    if value.denominator == 1:
        return abs(value) >= _LONGEST_WHOLE**2
    with localcontext() as context:
        context.prec = _SHOWN
        return Fraction(Decimal(value.numerator) / Decimal(value.denominator)) != value
