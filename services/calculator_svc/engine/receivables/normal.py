"""The normal and a Student distribution, and two functions of Euler's: NumPy has none of them."""

import math

import numpy as np

from calculator_svc.engine.receivables.observations import Reals


def density(z: Reals) -> Reals:
    """Return the density of the standard normal distribution."""
    found: Reals = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return found


def cumulative(z: Reals) -> Reals:
    """Return the standard normal distribution function, to 1e-7.

    Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.2.17.
    """
    t = 1 / (1 + 0.2316419 * np.abs(z))
    series = t * (
        0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))
    )
    tail = density(z) * series
    found: Reals = np.where(z >= 0, 1 - tail, tail)
    return found


def quantile(p: Reals) -> Reals:
    """Return the inverse of `cumulative`, to 5e-4. Abramowitz and Stegun, 26.2.23."""
    tail = np.clip(np.minimum(p, 1 - p), 1e-12, 0.5)
    t = np.sqrt(-2 * np.log(tail))
    z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (
        1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    )
    found: Reals = np.where(p < 0.5, -z, z)
    return found


def student_4_above(z: Reals) -> Reals:
    """Return the probability that Student's t with four degrees of freedom is above z.

    With u = z / sqrt(4 + z²) it is (1 - u)² (2 + u) / 4 (Student 1908); 1 - u is written so that
    nothing cancels far out.
    """
    root = np.sqrt(4 + z * z)
    below_one = np.where(z > 0, 4 / (root * (root + np.abs(z))), 1 - z / root)
    found: Reals = below_one**2 * (3 - below_one) / 4
    return found


def digamma(x: float) -> float:
    """Return the logarithmic derivative of the gamma function. Abramowitz and Stegun, 6.3.18."""
    shift = 0.0
    while x < 6:
        shift -= 1 / x
        x += 1
    square = 1 / (x * x)
    return shift + math.log(x) - 0.5 / x - square * (1 / 12 - square * (1 / 120 - square / 252))


def trigamma(x: float) -> float:
    """Return the derivative of `digamma`. Abramowitz and Stegun, 6.4.12."""
    shift = 0.0
    while x < 6:
        shift += 1 / (x * x)
        x += 1
    square = 1 / (x * x)
    return shift + 1 / x + square / 2 + square / x * (1 / 6 - square * (1 / 30 - square / 42))


def trigamma_inverse(y: float) -> float:
    """Return x with trigamma(x) = y, to 1e-10 of it, by bisection: trigamma falls for positive x.

    It begins with bounds that hold everywhere, 1/x + 1/(2x²) < trigamma(x) < 1/x + 1/x² (Guo and Qi
    2013), each solved for x.
    """
    low, high = ((1 + math.sqrt(1 + factor * y)) / (2 * y) for factor in (2, 4))
    while high - low > 1e-10 * low:
        middle = (low + high) / 2
        if trigamma(middle) > y:
            low = middle
        else:
            high = middle
    return (low + high) / 2
