"""Elementary functions, each stated once for every backend: fixed sequences of float64 and word operations.

A function takes an arithmetic `o` and float64 values x. `azc.ir.arithmetic` computes with NumPy; a backend
passes one that emits code. Operators used: on floats + - * / and unary minus, on words + - * & | ^ << >>
modulo 2^64, comparisons, and & | ~ on the masks they give; the rest goes through `o` (where, bits, floats,
sqrt, to_float, lookup, rarely). Every operation is rounded once and none is fused, so equal arguments give
equal bits everywhere. Special values are those of C99, Annex F. All functions stay within 2 ulp of the true
value; each docstring gives the greatest error seen over some fifty million arguments, measured against
64-bit significands, and mpmath for the hardest arguments.

Coefficients are minimax polynomials found by a Remez exchange at 60 digits, for the relative error of the
function that they serve; they were rounded to float64 one after another, lowest power first, the others
fitted anew each time. The comment on each gives the interval and that relative error.
"""

from __future__ import annotations

from typing import Any

SIGN = 0x8000000000000000
MAGNITUDE = 0x7FFFFFFFFFFFFFFF
HEAD = 0xFFFFFFFFF8000000  # all but 27 bits of a significand: products of two heads are exact
FRACTION = 0x000FFFFFFFFFFFFF
LOW_HALF = 0xFFFFFFFF
INFINITY = 1e999
ROUNDER = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer and leaves that in the low bits

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471805598903  # the leading 42 bits of ln 2: times an integer below 2^11, exact
LN2_LOW = 5.497923018708371e-14

TWO_OVER_PI = 0.6366197723675814
PI = 3.141592653589793
PIO2 = 1.5707963267948966
PIO2_LOW = 6.123233995736766e-17  # pi/2 = PIO2 + PIO2_LOW, to 107 bits
PIO4 = 0.7853981633974483
PIO4_LOW = 3.061616997868383e-17
PIO2_HEAD = 1.5707963109016418  # PIO2 = PIO2_HEAD + PIO2_REST, 26 and 27 bits
PIO2_REST = 1.5893254712295857e-08

# pi/2 = PIO2_1 + PIO2_2 + PIO2_3 + PIO2_4, cut at 2^-32, 2^-53 and 2^-86
PIO2_1 = 1.5707963267341256
PIO2_2 = 6.077094383272197e-11
PIO2_3 = 6.12323399538461e-17
PIO2_4 = 3.5215598651832e-27

NEAR = 1048576.0  # 2^20: below it four parts of pi/2 reduce an argument, from there on the bits of 2/pi

# (e^r - 1 - r) / r^2 on |r| <= ln(2)/2: 2^-57.9
EXP = (
    0.5000000000000011,
    0.16666666666666438,
    0.04166666666652575,
    0.00833333333347354,
    0.0013888888944884367,
    0.00019841269561342404,
    2.480149171116213e-05,
    2.7557529231050846e-06,
    2.7630771775932464e-07,
    2.5020693280203337e-08,
)

# (2 artanh(s) - 2s) / s^3 in s^2, |s| <= (sqrt(2) - 1) / (sqrt(2) + 1): 2^-59.5
LOG = (
    0.6666666666666734,
    0.3999999999941681,
    0.2857142874197822,
    0.22222198610360552,
    0.18183562597633543,
    0.15314090312387013,
    0.1479559144667041,
)

# (h - sin(h)) / h^3 in h^2, |h| <= pi/4: 2^-57.8
SIN = (
    0.1666666666666663,
    -0.00833333333332184,
    0.00019841269829382806,
    -2.7557313558990993e-06,
    2.5050739550314493e-08,
    -1.5895838021946382e-10,
)

# (cos(h) - 1 + h^2/2) / h^4 in h^2, |h| <= pi/4: 2^-63.9
COS = (
    0.041666666666666595,
    -0.001388888888887334,
    2.480158728899958e-05,
    -2.7557314216037567e-07,
    2.0875705227545585e-09,
    -1.1358739061107626e-11,
)

# (t - arctan(t)) / t^3 in t^2, |t| <= 0.5625: 2^-57.8
ARCTAN = (
    0.3333333333333302,
    -0.19999999999920845,
    0.14285714278703146,
    -0.11111110797476637,
    0.09090900785379961,
    -0.07692165681835701,
    0.06665015595258184,
    -0.05868888079068822,
    0.051848173455650876,
    -0.04434747874093202,
    0.03369848267076311,
    -0.01924351090387275,
    0.0058430439794263525,
)

# (arcsin(s) - s) / s^3 in s^2, |s| <= 0.5: 2^-55.9
ARCSIN = (
    0.16666666666665408,
    0.07500000000337254,
    0.04464285682807432,
    0.030381959149079336,
    0.02237175773847169,
    0.0173597095419224,
    0.013885189531051428,
    0.01216949531616441,
    0.0065268537910147416,
    0.01953100063922885,
    -0.01622798892419246,
    0.03191444685494483,
)

# (t - tanh(t)) / t^3 times TANH_BELOW in t^2, |t| <= 0.71875: 2^-60.4
TANH = (
    0.33333333333333326,
    0.016772123914577195,
    9.616108870409496e-06,
    -1.182355645975314e-07,
    1.7110828483548547e-09,
    -2.560815204290558e-11,
)

# In t^2 its zeros are tanh's poles nearest to 0, -(pi/2)^2 and -(3pi/2)^2, so that TANH needs few terms.
TANH_BELOW = (1.0, 0.4503163717437234, 0.018250635119438818)

# Entry i holds bits 32i to 32i + 63 of 2/pi, which is written with 34 zeros before the point.
TWO_OVER_PI_BITS = (
    0x0000000028BE60DB, 0x28BE60DB9391054A, 0x9391054A7F09D5F4, 0x7F09D5F47D4D3770, 0x7D4D377036D8A566,
    0x36D8A5664F10E410, 0x4F10E4107F9458EA, 0x7F9458EAF7AEF158, 0xF7AEF1586DC91B8E, 0x6DC91B8E909374B8,
    0x909374B801924BBA, 0x01924BBA82746487, 0x827464873F877AC7, 0x3F877AC72C4A69CF, 0x2C4A69CFBA208D7D,
    0xBA208D7D4BAED121, 0x4BAED1213A671C09, 0x3A671C09AD17DF90, 0xAD17DF904E64758E, 0x4E64758E60D4CE7D,
    0x60D4CE7D272117E2, 0x272117E2EF7E4A0E, 0xEF7E4A0EC7FE25FF, 0xC7FE25FFF7816603, 0xF7816603FBCBC462,
    0xFBCBC462D6829B47, 0xD6829B47DB4D9FB3, 0xDB4D9FB3C9F2C26D, 0xC9F2C26DD3D18FD9, 0xD3D18FD9A797FA8B,
    0xA797FA8B5D49EEB1, 0x5D49EEB1FAF97C5E, 0xFAF97C5ECF41CE7D, 0xCF41CE7DE294A4BA, 0xE294A4BA9AFED7EC,
    0x9AFED7EC47E35742, 0x47E357421580CC11,
)  # fmt: skip


def magnitude(o: Any, x: Any) -> Any:
    """Return |x|."""
    return o.floats(o.bits(x) & MAGNITUDE)


def head(o: Any, x: Any) -> Any:
    """Return x cut to its 26 leading bits."""
    return o.floats(o.bits(x) & HEAD)


def polynomial(o: Any, x: Any, coefficients: tuple[float, ...]) -> Any:
    """Return the sum of coefficients[i] * x^i in Estrin's order: neighbours, then pairs, and so on."""
    terms: list[Any] = list(coefficients)
    while len(terms) > 2:
        pairs = [terms[i] + terms[i + 1] * x for i in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[2 * len(pairs) :]
        x = x * x
    return terms[0] + terms[1] * x


def exp_parts(o: Any, x: Any) -> Any:
    """Return (p, s): e^x = 2^k (1 + p) for -746 <= x <= 710, the low bits of the word of s being k + 2046.

    x = k ln 2 + r with |r| <= ln(2)/2 (Cody and Waite), p = e^r - 1 by a polynomial.
    """
    shifted = x * LOG2_E + 6755399441057790.0  # ROUNDER + 2046, so that the low bits are k + 2 * 1023
    k = shifted - 6755399441057790.0
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    return high + (r * r * polynomial(o, r, EXP) - low), shifted


def exp(o: Any, x: Any) -> Any:
    """Return e^x.

    2^k is multiplied on in two factors, so that neither overflows and a subnormal result is rounded once
    more. Error seen: 0.92 ulp.
    """
    x = o.where(x > 710.0, 710.0, x)
    x = o.where(x < -746.0, -746.0, x)
    rest, shifted = exp_parts(o, x)
    y = 1.0 + rest
    exponent = o.bits(shifted)
    half = exponent >> 1
    return y * o.floats(half << 52) * o.floats((exponent - half) << 52)


def log(o: Any, x: Any) -> Any:
    """Return the natural logarithm.

    x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); log(1 + f) = 2 artanh(s), s = f / (2 + f), arranged
    as f - f^2/2 + s (f^2/2 + ...) so that the leading term is exact (FDLIBM's arrangement). Error seen:
    0.85 ulp.
    """
    tiny = x < 2.2250738585072014e-308
    word = o.bits(o.where(tiny, x * 18014398509481984.0, x)) + 0x00095F619980C433  # 1.0's word - sqrt(1/2)'s
    f = o.floats((word & FRACTION) + 0x3FE6A09E667F3BCD) - 1.0  # sqrt(1/2)'s word
    biased = o.floats((word >> 52) | 0x4330000000000000)  # 2^52 + 1023 + k, 54 more where x is subnormal
    k = biased - o.where(tiny, 4503599627371573.0, 4503599627371519.0)
    s = f / (2.0 + f)
    z = s * s
    half_square = 0.5 * f * f
    small = s * (half_square + z * polynomial(o, z, LOG)) + k * LN2_LOW
    y = k * LN2_HIGH - ((half_square - small) - f)
    y = o.where(x < INFINITY, y, x)
    return o.where(x > 0.0, y, o.where(x == 0.0, -INFINITY, INFINITY - INFINITY))


def reduce_near(o: Any, x: Any) -> Any:
    """Return (q, h, t): x = q pi/2 + h - t for |x| < 2^20, |h| <= pi/4, t tiny; q counts modulo 4.

    Cody and Waite with pi/2 in four parts. Products with the first three are exact, and so is subtracting
    the first two; subtracting the third is exact, or loses what t takes up (Dekker). nan for infinite x.
    """
    shifted = x * TWO_OVER_PI + ROUNDER
    n = shifted - ROUNDER
    r = (x - n * PIO2_1) - n * PIO2_2
    third = n * PIO2_3
    h = r - third
    return o.bits(shifted), h, ((h - r) + third) + n * PIO2_4


def reduce_far(o: Any, x: Any) -> Any:
    """Return (q, h, t) as `reduce_near` does, for any |x| >= 2^20 (Payne and Hanek 1983).

    |x| is its 53-bit significand times a power of two; so |x| 2/pi modulo 4 is the significand times a
    window of 192 bits of 2/pi: bits before it give multiples of 4, all bits behind it less than 2^-137. A
    product of 32-bit limbs. The 128 bits kept leave 64 right ones for the float64 nearest to a multiple of
    pi/2. nan for infinite x.
    """
    a = magnitude(o, x)
    word = o.bits(o.where(a < NEAR, NEAR, a))
    position = (word >> 52) - 1043
    shift = position & 31
    window = [(o.lookup(TWO_OVER_PI_BITS, (position >> 5) + i) << shift) >> 32 for i in range(6)]
    low = word & LOW_HALF
    high = ((word & FRACTION) >> 32) | 0x100000
    carry = (low * window[5]) >> 32
    limbs = []
    for i in (4, 3, 2, 1, 0):
        first = low * window[i] + carry
        second = high * window[i + 1] + (first & LOW_HALF)
        carry = (first >> 32) + (second >> 32)
        limbs.append(second & LOW_HALF)
    upper = (limbs[4] << 32) | limbs[3]
    lower = (limbs[2] << 32) | limbs[1]

    # Two integer bits, then the fraction; from one half on it counts down to the next integer, complemented.
    quadrant = upper >> 62
    upper = (upper << 2) | (lower >> 62)
    lower = lower << 2
    down = upper >> 63
    upper = upper ^ (0 - down)
    lower = lower ^ (0 - down)
    quadrant = quadrant + down

    # The fraction as u + v, times pi/2.
    first = o.to_float(upper >> 11) * 1.1102230246251565e-16  # 2^-53
    second = o.to_float(((upper & 0x7FF) << 42) | (lower >> 22)) * 1.232595164407831e-32  # 2^-106
    third = o.to_float(lower & 0x3FFFFF) * 2.938735877055719e-39  # 2^-128
    u = first + second
    v = ((first - u) + second) + third
    p = u * PIO2
    front = head(o, u)
    back = u - front
    t = (((p - front * PIO2_HEAD) - front * PIO2_REST) - back * PIO2_HEAD) - back * PIO2_REST
    t = t - (u * PIO2_LOW + v * PIO2)

    flip = (o.bits(x) & SIGN) ^ (down << 63)
    p = o.floats(o.bits(p) ^ flip) + (x - x)
    return o.where(x < 0.0, 0 - quadrant, quadrant), p, o.floats(o.bits(t) ^ flip)


def sine_parts(o: Any, h: Any, t: Any) -> Any:
    """Return (a, b, c, d): sin(h - t) = a - b and cos(h - t) = c + d, where a and c lead.

    b is +0 for h = t = 0 of either sign, so that a - b keeps the sign of zero.
    """
    z = h * h
    half = 0.5 * z
    c = 1.0 - half
    b = h * z * polynomial(o, z, SIN) + t * c
    d = ((1.0 - c) - half) + (z * z * polynomial(o, z, COS) + t * h)
    return h, b, c, d


def sine(o: Any, reduced: Any, turn: int) -> Any:
    """Return sin(x + turn pi/2) for the reduced argument (q, h, t) of x."""
    q, h, t = reduced
    a, b, c, d = sine_parts(o, h, t)
    q = q + turn
    y = o.where((q & 1) == 0, a - b, c + d)
    return o.floats(o.bits(y) ^ ((q & 2) << 62))


def sin(o: Any, x: Any) -> Any:
    """Return the sine: reduced exactly to |h| <= pi/4, then a polynomial. Error seen: 0.86 ulp."""
    return o.rarely(
        magnitude(o, x) >= NEAR, lambda: sine(o, reduce_far(o, x), 0), sine(o, reduce_near(o, x), 0)
    )


def cos(o: Any, x: Any) -> Any:
    """Return the cosine: reduced exactly to |h| <= pi/4, then a polynomial. Error seen: 0.88 ulp."""
    return o.rarely(
        magnitude(o, x) >= NEAR, lambda: sine(o, reduce_far(o, x), 1), sine(o, reduce_near(o, x), 1)
    )


def tangent(o: Any, reduced: Any) -> Any:
    """Return tan(x) for the reduced argument (q, h, t) of x: sin/cos for even q, -cos/sin for odd q.

    Both are carried as a float and a rest. The quotient's leading 26 bits times the divisor's are exact, so
    one reciprocal and the remainder give it almost correctly rounded.
    """
    q, h, t = reduced
    a, b, c, d = sine_parts(o, h, t)
    opposite, adjacent = a - b, c + d
    opposite_rest, adjacent_rest = (a - opposite) - b, (c - adjacent) + d
    even = (q & 1) == 0
    over, over_rest = o.where(even, opposite, adjacent), o.where(even, opposite_rest, adjacent_rest)
    under, under_rest = o.where(even, adjacent, opposite), o.where(even, adjacent_rest, opposite_rest)
    reciprocal = 1.0 / under
    front = head(o, under)
    quotient = head(o, over * reciprocal)
    # The remainder negated: for a zero it is +0 of either sign, and the quotient keeps its own.
    excess = ((quotient * front - over) + quotient * ((under - front) + under_rest)) - over_rest
    return o.floats(o.bits(quotient - excess * reciprocal) ^ (q << 63))


def tan(o: Any, x: Any) -> Any:
    """Return the tangent: reduced exactly to |h| <= pi/4, then sine over cosine. Error seen: 1.11 ulp."""
    return o.rarely(
        magnitude(o, x) >= NEAR, lambda: tangent(o, reduce_far(o, x)), tangent(o, reduce_near(o, x))
    )


def arctan(o: Any, x: Any) -> Any:
    """Return the inverse tangent, in [-pi/2, pi/2].

    |x| up to 0.5625 directly, up to 2 as pi/4 + arctan((|x| - 1) / (|x| + 1)), above as pi/2 - arctan(1 /
    |x|), all by one polynomial. Error seen: 1.16 ulp.
    """
    a = magnitude(o, x)
    middle = a > 0.5625
    far = a > 2.0
    t = o.where(far, -1.0, o.where(middle, a - 1.0, a)) / o.where(far, a, o.where(middle, a + 1.0, 1.0))
    z = t * t
    high = o.where(far, PIO2, o.where(middle, PIO4, 0.0))
    low = o.where(far, PIO2_LOW, o.where(middle, PIO4_LOW, 0.0))
    y = high + (t - (t * z * polynomial(o, z, ARCTAN) - low))
    return o.floats(o.bits(y) | (o.bits(x) & SIGN))


def tanh(o: Any, x: Any) -> Any:
    """Return the hyperbolic tangent.

    |x| below 0.71875 as |x| less a rational function of it, from there on as 1 - 2 / (e^(2|x|) + 1), in which
    2^k + 1 is exact; one division serves both. Error seen: 1.06 ulp.
    """
    a = magnitude(o, x)
    near = a < 0.71875
    t = o.where(near, a, 1.0)
    z = t * t
    far = o.where(a > 20.0, 20.0, a)
    rest, shifted = exp_parts(o, far + far)
    power = o.floats((o.bits(shifted) - 1023) << 52)
    over = o.where(near, t * z * polynomial(o, z, TANH), 2.0)
    under = o.where(near, polynomial(o, z, TANH_BELOW), (power + 1.0) + power * rest)
    return o.floats(o.bits(t - over / under) | (o.bits(x) & SIGN))


def half_arc(o: Any, z: Any, series: Any) -> Any:
    """Return (r, e): arcsin(sqrt(z)) = r + e, r of 26 bits; `series` is arcsin(s)/s - 1 at s = sqrt(z)."""
    s = o.sqrt(z)
    r = head(o, s)
    rest = (z - r * r) / (s + r + 1e-300)  # 1e-300 turns 0/0 into 0 for z = 0, and is lost otherwise
    return r, rest + s * series


def arcsin(o: Any, x: Any) -> Any:
    """Return the inverse sine, in [-pi/2, pi/2].

    |x| below 0.5 by a polynomial, above as pi/2 - 2 arcsin(sqrt((1 - |x|) / 2)). Error seen: 0.99 ulp.
    """
    a = magnitude(o, x)
    near = a < 0.5
    z = o.where(near, a * a, 0.5 * (1.0 - a))
    series = z * polynomial(o, z, ARCSIN)
    r, e = half_arc(o, z, series)
    far = PIO4 + ((PIO4 - 2.0 * r) - (2.0 * e - PIO2_LOW))
    y = o.where(near, a + a * series, far)
    return o.floats(o.bits(y) | (o.bits(x) & SIGN))


def arccos(o: Any, x: Any) -> Any:
    """Return the inverse cosine, in [0, pi].

    |x| below 0.5 as pi/2 - arcsin(x), above as 2 arcsin(sqrt((1 - x) / 2)), or pi less that of -x. Error
    seen: 0.82 ulp.
    """
    a = magnitude(o, x)
    near = a < 0.5
    negative = x < 0.0
    z = o.where(near, a * a, 0.5 * (1.0 - a))
    series = z * polynomial(o, z, ARCSIN)
    r, e = half_arc(o, z, series)
    twice = 2.0 * (r + (e - o.where(negative, PIO2_LOW, 0.0)))
    far = o.where(negative, PI - twice, twice)
    return o.where(near, PIO2 - (x - (PIO2_LOW - x * series)), far)


def sigmoid(o: Any, x: Any) -> Any:
    """Return 1 / (1 + e^-x): this formula with this exp, without an error bound of its own."""
    return 1.0 / (1.0 + exp(o, -x))
