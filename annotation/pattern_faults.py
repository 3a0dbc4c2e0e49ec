"""RE2's reasons for refusing a pattern, in words that say where and what to do instead."""

from collections.abc import Callable

# What RE2 says first > what it means and what to do.
MEANINGS = {
    "invalid perl operator": "is a kind of group that RE2 does not know. Write ( ) or (?: )",
    "invalid escape sequence": "is no escape that RE2 knows. Leave the backslash out, or double it",
    "missing )": "opens a bracket that is never closed. Add a ), or write \\( for the sign itself",
    "unexpected )": "closes a bracket that was never opened. Add a (, or write \\) for the sign",
    "missing ]": "opens a list of signs that is never closed. Add a ], or write \\[ for the sign",
    "no argument for repetition operator": "has nothing before it that it could repeat. Put "
    "a word before it, or a backslash for the sign itself",
    "bad repetition operator": "repeats what is repeated already. Keep one of the two",
    "invalid repetition size": "repeats too often. At most 1,000 copies, nested ones multiplied",
    "trailing \\": "is a backslash with nothing behind it. Take it away, or double it",
    "invalid character class range": "is no range or class that RE2 knows. Ranges go upwards, a-z",
    "invalid named capture group": "is no good name for a group. Write ( )",
    "missing argument to repetition operator": "has nothing before it that it could repeat",
}
LOOKS_AROUND = (
    "looks ahead or behind, which RE2 cannot: it reads a text once. What must not be there "
    "belongs in the exclude pattern"
)
REFERS_BACK = "refers back to a group, which RE2 cannot. Write the words out"


def explained(pattern: str, reason: str, refusal: Callable[[str], str]) -> str:
    """Where RE2 stumbles and what to do, as whole sentences.

    Args:
        reason: what RE2 says of the pattern.
        refusal: gives RE2's reason for any pattern, empty when it takes it.
    """
    kind, _, fragment = reason.partition(": ")
    if kind.startswith("pattern too large"):
        return "It unfolds into more than RE2 can hold. Repeat less, or leave words out."
    meaning = MEANINGS.get(kind)
    if meaning is None:
        return f"RE2 refuses it: {reason}."
    if fragment[:3] in ("(?=", "(?!") or fragment[:4] in ("(?<=", "(?<!"):
        meaning = LOOKS_AROUND
    elif kind == "invalid escape sequence" and fragment[1:].isdigit():
        meaning = REFERS_BACK
    start, stumble = _where(pattern, kind, fragment, refusal)
    return f"At character {start + 1}, {stumble} {meaning}."


def _where(
    pattern: str, kind: str, fragment: str, refusal: Callable[[str], str]
) -> tuple[int, str]:
    """Where the fault begins, counted from 0, and the signs at fault."""
    if kind == "missing )":
        return _unclosed(pattern), "("
    if kind == "missing ]":
        return len(pattern) - len(fragment), "["
    if kind.startswith("trailing"):
        return len(pattern) - 1, "\\"
    if kind == "unexpected )":
        end = _first_end(pattern, lambda reason: reason.startswith(kind), refusal)
        return end - 1, ")"
    end = _first_end(pattern, lambda reason: reason == f"{kind}: {fragment}", refusal)
    # Some faults show only with a sign or two behind them.
    return max(0, pattern.rfind(fragment, 0, end)), fragment


def _first_end(pattern: str, is_it: Callable[[str], bool], refusal: Callable[[str], str]) -> int:
    """How long the shortest beginning is that has the fault.

    RE2 reads from the left and names its first fault, so every longer beginning has it too.
    """
    low, high = 0, len(pattern)
    while low < high:
        middle = (low + high) // 2
        if is_it(refusal(pattern[:middle])):
            high = middle
        else:
            low = middle + 1
    return low


def _unclosed(pattern: str) -> int:
    """Where the last bracket opens that nothing closes."""
    opened, is_escaped, in_list = [], False, False
    for position, sign in enumerate(pattern):
        if is_escaped:
            is_escaped = False
        elif sign == "\\":
            is_escaped = True
        elif in_list:
            in_list = sign != "]"
        elif sign == "[":
            in_list = True
        elif sign == "(":
            opened.append(position)
        elif sign == ")" and opened:
            opened.pop()
    return opened[-1] if opened else 0
