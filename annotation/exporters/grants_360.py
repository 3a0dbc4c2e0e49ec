"""What the 360Giving Data Standard 1.4 requires of a grant, and what of it a grant lacks."""

from collections.abc import Iterator

from annotation.exporters.csv_file import csv_file
from annotation.exporters.lines import GrantLine, Layout

# The standard's field -> our column.
REQUIRED = {
    "id": "reference",
    "title": "title",
    "description": "description",
    "currency": "currency",
    "amountAwarded": "amount_awarded",
    "awardDate": "award_date",
    "fundingOrganization.id": "funder_identifier",
    "fundingOrganization.name": "funder_name",
    "recipientOrganization.id": "recipient_identifier",
    "recipientOrganization.name": "recipient_name",
}
# ISO 4217, the codes in use; the standard refuses others.
CURRENCY_CODES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL "
    "GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF "
    "KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
    "USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
CURRENCIES = frozenset(CURRENCY_CODES.split())


def missing(line: GrantLine) -> list[str]:
    """The required fields for which the grant has no value that the standard takes."""
    lacks = [name for name, column in REQUIRED.items() if getattr(line, column) in ("", None)]
    is_odd = line.currency and line.currency not in CURRENCIES
    return [*lacks, "currency"] if is_odd else lacks


def write_left_out(lines: Iterator[GrantLine], layout: Layout) -> Iterator[bytes]:
    """A row for each grant and each field it lacks."""
    return csv_file(_rows(lines), is_raw=layout.is_raw)


def _rows(lines: Iterator[GrantLine]) -> Iterator[list[str]]:
    yield ["reference", "missing", "our_column"]
    for line in lines:
        for name in missing(line):
            yield [line.reference, name, REQUIRED[name]]
