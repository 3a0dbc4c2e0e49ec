"""What is noticed about a text at once, each flag by texts that have it and texts that have not."""

import re
import time

import pytest

from annotation.models.quality import FLAGS, Flag, has_contact_details, quality_flags, text_key
from annotation.templatetags.names import flag_label, flag_words

ENGLISH = "We run a weekly playgroup for the families of our town, and the hall needs new heaters."


@pytest.mark.parametrize(
    ("title", "description", "flags"),
    [
        ("", "", ["empty"]),
        ("Bus hire", "", ["short"]),
        ("Bus", "hire for all juniors", []),
        ("NEW DRESSES FOR THE UNDER 9S", "", ["capitals"]),
        ("BUS", "", ["short"]),
        ("Hall heaters", ENGLISH, []),
        ("Call us", "ann@club.example", ["short", "contact"]),
    ],
)
def test_a_text_has_the_flags_that_a_reader_would_give_it(title, description, flags):
    assert quality_flags(title, description) == flags


@pytest.mark.parametrize(
    "text",
    [
        "Nous demandons une aide pour les enfants du quartier qui participent avec leur famille",
        "Wir bitten um eine Förderung für den Spielplatz und die Kinder mit Behinderung im Ort",
        "Solicitamos una ayuda para los niños del barrio que participan con su familia en el club",
        "Chiediamo un contributo per gli anziani della nostra città e per una sala che non è nuova",
        "Kami memohon dana untuk anak yang belajar dengan guru dari desa ini pada akhir tahun",
        "Chúng tôi xin tài trợ cho trẻ em và các gia đình của khu phố này để học tiếng Anh",
        "Humihiling kami ng tulong para sa mga bata na nag-aaral sa paaralan ng ating bayan",
        "我们为社区的老年人举办每周的太极班和茶会",
        "نطلب منحة لتجهيز قاعة المركز بأثاث جديد",
        "Ζητούμε επιχορήγηση για τη σχολή χορού της κοινότητας",
        "Просим поддержать хор ветеранов нашего города",
    ],
)
def test_a_text_in_another_language_is_told(text):
    assert quality_flags("", text) == ["not_english"]


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        "Netball bibs, balls, goal posts, first-aid kits, whistles, nets, cones, shirts, socks",
        "La La Land screening night popcorn projector hire venue cleaning volunteers' supper",
        "Das Boot, Die Hard, El Cid: film festival flyers, projector, chairs, screen, tickets",
        "Te Ara walking track signs gravel timber bridge handrails drainage planting mulch",
        "Le café",
        "MO'OLELO O KAUA'I: Hawaiian Traditions of Kaua'i",
        "The choir sings Nessun dorma and O sole mio in the hall of the Italian club with us",
        "Calisthenics costumes Österreichischer Verein Zürich Málaga São Paulo tour bus tickets",
        "café 🎭 🎭 🎭 🎭 🎭 🎭 🎭 🎭 🎭 🎭 🎭 🎭",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "",
    ],
)
def test_a_lack_of_english_grammar_is_no_other_language(text):
    assert "not_english" not in quality_flags("", text)


@pytest.mark.parametrize(
    "text",
    [
        "Write to ann.o'neil+grants@club.example",
        "ring 0412 345 678 after six",
        "(03) 9555 1234",
        "Tel. 9555 1234",
        "phone: 13 11 14",
        "+61 2 5550 1234",
        "1300 975 707",
        "call 1800-555-019.",
        "(028 9267 3720",
        "07700 900123",
        "(808) 732-5402",
        "555-867-5309",
    ],
)
def test_an_address_or_number_of_a_person_is_told(text):
    assert has_contact_details(text)


@pytest.mark.parametrize(
    "text",
    [
        "from 1914 to 1918, 2019-2020",
        "ABN 51 824 753 556",
        "$0412 345 678",
        "on 01.02.2024, 10.30-12.30",
        "3,500,000 people; 12 000 000 kilometres",
        "ISBN 978-0-306-40615-7",
        "version 1.2.3.4.5.6.7.8",
        "@home with the arts, meet @ 6pm",
        "see https://fund.example/0412345678-x",
        "0123",
        "",
    ],
)
def test_other_figures_are_no_contact_details(text):
    assert not has_contact_details(text)


def test_the_same_words_are_one_text_however_they_are_written():
    key = text_key("Bus hire", "For the Café")
    for title, description in [
        ("BUS HIRE:", "for the café!"), ("bus", "hire\n for\tthe Cafe\u0301"), 
        ("", "Bus hire — For the ＣＡＦÉ"),
    ]:  # fmt: skip
        assert text_key(title, description) == key
    assert re.fullmatch("[0-9a-f]{32}", key)
    assert text_key("Bus hire", "For the cafe") != key
    assert text_key("Bus", "For the Café hire") != key


def test_what_has_no_words_is_no_text():
    assert text_key("", "") == text_key("?!", "– 🎭") == ""


@pytest.mark.parametrize(
    "text",
    [
        "1" * 250_000, "1 " * 125_000, "(1" * 125_000, "a@" * 125_000, "tel " * 60_000,
        "+1.-" * 60_000, "a" * 250_000, "le la " * 40_000, "ﷺ" * 250_000, "\u0301" * 250_000,
        "phone" + " " * 250_000, "1-800-" * 40_000,
    ],
)  # fmt: skip
def test_a_text_made_to_harm_costs_no_more_than_another(text):
    began = time.process_time()
    quality_flags(text, text)
    text_key(text, text)
    assert time.process_time() - began < 2


def test_every_flag_has_its_words_and_an_unknown_one_has_none():
    assert set(FLAGS) == set(Flag)
    assert flag_label("not_english") == "Not English"
    assert flag_words("short") == FLAGS[Flag.SHORT]
    assert flag_label("<b>") == flag_words("<b>") == ""
