"""By what people are found on the phone: the sound of their name and the end of their number."""

from __future__ import annotations

import pytest

from helpdesk.accounts import person_keys
from helpdesk.accounts.models import User
from helpdesk.accounts.services.profile import save_profile
from tests.factories import UserFactory


@pytest.mark.parametrize(
    ("name", "sound", "initials"),
    [
        ("李强", "liqiang", "lq"),
        ("欧阳娜娜", "ouyangnana", "oynn"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("尉迟恭", "yuchigong", "yg"),
        ("Tom Baker", "tombaker", "tb"),
        ("王敏 (IT)", "wangminit", "wmi"),
        ("", "", ""),
        ("…", "", ""),
    ],
)
def test_names_have_a_sound(name: str, sound: str, initials: str) -> None:
    assert (person_keys.sound_of(name), person_keys.initials_of(name)) == (sound, initials)


@pytest.mark.parametrize("phone", ["13800138000", "+86 138 0013 8000", "138-0013-8000", "008613800138000"])
def test_a_number_is_the_same_however_it_is_written(phone: str) -> None:
    assert person_keys.numbers_of(phone) == ["13800138000"]


@pytest.mark.parametrize(
    ("phone", "key"),
    [
        ("010-6021 8000", "0008120601"),
        ("+86 10 60218000", "0008120601"),
        ("86001", "10068"),
        ("6021 / 13800138000", "1206 00083100831"),
        ("010-60218000 转 6021", "0008120601 1206"),
        ("", ""),
        ("none", ""),
    ],
)
def test_keys_are_the_numbers_turned_round(phone: str, key: str) -> None:
    assert person_keys.phone_key(phone) == key


@pytest.mark.parametrize("text", ["12", "6021b", "李强", "", "-", "+"])
def test_what_is_no_number_is_looked_up_as_words(text: str) -> None:
    assert person_keys.typed_number(text) == ""


def test_a_mobile_number_ends_with_nobodys_extension() -> None:
    assert "1206" in person_keys.extensions_in(person_keys.typed_number("010-88886021"))
    assert person_keys.extensions_in(person_keys.typed_number("13800136021")) == []


def keys_of(person: User) -> tuple[str, str, str]:
    return User.objects.values_list("name_sound", "name_initials", "phone_key").get(pk=person.pk)


def test_keys_follow_whoever_changes_name_or_number(db: None) -> None:
    person = UserFactory(full_name="李强", phone="6021")
    assert keys_of(person) == ("liqiang", "lq", "1206")
    save_profile(person=person, changes={"phone": "6100"})
    assert keys_of(person) == ("liqiang", "lq", "0016")
    person.full_name = "李刚"
    person.save(update_fields=["full_name"])
    assert keys_of(person) == ("ligang", "lg", "0016")
    person.save(update_fields=["location"])
    many = User.objects.bulk_create([User(username="one", full_name="周航"), User(username="two", full_name="王敏")])
    assert [person.name_sound for person in many] == ["zhouhang", "wangmin"]
