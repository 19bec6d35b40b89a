"""A person's name (PN, PS3.5 6.2.1) taken apart, for whoever writes it as people do."""

from typing import NamedTuple


class PersonName(NamedTuple):
    """The five components of one component group; those that are not there are empty."""

    family: str = ""
    given: str = ""
    middle: str = ""
    prefix: str = ""
    suffix: str = ""


def person_name(text: str) -> PersonName:
    """Return the first component group that says something: alphabetic, else ideographic, else phonetic."""
    group = next((group for group in text.split("=") if group.strip("^ ")), "")
    return PersonName(*(part.strip() for part in group.split("^")[: len(PersonName._fields)]))
