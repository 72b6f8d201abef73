"""A name or an identifier counts as held only where it stands."""

from __future__ import annotations

import pytest

from kb.answering.names import Kind, Term, identifiers, occurs, terms
from kb.text.fold import fold


def held(name: str, kind: Kind, text: str) -> bool:
    return occurs(Term(name, kind), fold(text))


# --- identifiers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked", ["13725801946", "137-2580-1946", "137 2580 1946", "+86 137.2580.1946"]
)
@pytest.mark.parametrize(
    "written", ["13725801946", "+86 137-2580-1946", "137 2580 1946", "008613725801946"]
)
def test_a_telephone_number_is_held_however_it_is_written(asked: str, written: str) -> None:
    [term] = identifiers(f"{asked}是谁的电话？")

    assert term.text == asked
    assert occurs(term, fold(f"联系人：辛立群，{written}，周一至周五。"))
    assert not occurs(term, fold("联系人：包可心，+86 137-2580-1947。"))


def test_a_local_number_is_held_with_a_mark_or_without() -> None:
    assert held("88776655", Kind.IDENTIFIER, "总机 8877-6655")
    assert held("88776655", Kind.IDENTIFIER, "总机 8877 6655")
    assert not held("88776655", Kind.IDENTIFIER, "总机 8877-66550")


@pytest.mark.parametrize("written", ["浙B·12345", "浙B 12345", "浙b12345", "浙B-12345"])
def test_a_plate_is_held_with_its_province(written: str) -> None:
    [term] = identifiers(f"{written}是谁的车？")

    assert occurs(term, fold("浙B•12345 归销售部使用。"))
    assert not occurs(term, fold("苏B·12345 归销售部使用。"))
    assert not occurs(term, fold("浙B·12346 归销售部使用。"))


@pytest.mark.parametrize("hyphen", ["-", "\u2010", "\u2011", "\u2013", "\u2212", "－"])
def test_a_code_is_held_with_a_hyphen_of_any_kind(hyphen: str) -> None:
    [term] = identifiers("QX-7731-B是什么图号？")

    assert occurs(term, fold(f"图号 QX{hyphen}7731{hyphen}B。"))
    assert identifiers(f"QX{hyphen}7731{hyphen}B是什么图号？") == (term,)


@pytest.mark.parametrize(
    "question", ["2024-09-17签了什么？", "预算5000-8000元给谁？", "2023-2024学年"]
)
def test_dates_and_ranges_are_no_identifiers(question: str) -> None:
    assert identifiers(question) == ()


# --- Chinese names --------------------------------------------------------------------


def test_the_name_of_an_organisation_is_one_name() -> None:
    assert terms("宁波铸件厂的电话是多少？") == (Term("宁波铸件厂", Kind.PLACE),)
    assert terms("宁波铸件厂的电话？", organisations=False) == (Term("宁波", Kind.PLACE),)
    assert terms("贵阳市第三人民医院的床位")[0].text == "贵阳市第三人民医院"
    assert terms("上海的办事处")[0].text == "上海"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("宁波铸件厂", "宁波铸件厂始建于1958年。"),
        ("宁波铸件厂", "宁波市铸件总厂供货。"),
        ("宁波铸件厂", "铸件厂的电话见附件。"),
        ("宁波铸件厂", "问题归铸件厂处理。"),
        ("宁波精密铸件厂", "委托精密铸件厂加工。"),
        ("宁波恒力铸造有限公司", "宁波恒力铸造的联系人。"),
        ("宁波恒力铸造有限公司", "供方：宁波市恒力铸造股份有限公司"),
        ("北京协和医院", "转诊至协和医院。"),
        ("杭州支行", "杭州西湖支行"),
        ("上海市", "上海有三家分公司。"),
        ("台湾地区", "台湾代理人"),
    ],
)
def test_an_organisation_or_a_place_is_held_in_another_form_of_its_name(
    name: str, text: str
) -> None:
    assert held(name, Kind.PLACE, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("宁波铸件厂", "宁波恒力机械公司的电话是0574-86223344。"),
        ("北京协和医院", "北京同仁医院"),
        ("宁波铸件厂", "杭州市精工铸件厂，联系人柳眉。"),
        ("宁波铸件厂", "精工铸件厂"),
        ("宁波精密铸件厂", "杭州精密铸件厂"),
        ("上海分公司", "北京分公司，上海。"),
        ("杭州支行", "宁波支行"),
        ("深圳市腾讯计算机系统有限公司", "深圳市华强有限公司"),
        ("南京", "南通"),
        ("中国工商银行", "中国农业银行"),
    ],
)
def test_shared_characters_do_not_make_the_name(name: str, text: str) -> None:
    assert not held(name, Kind.PLACE, text)


@pytest.mark.parametrize("dot", ["·", "•", "・", "‧", "．"])
def test_a_name_with_a_middle_dot_is_held_with_any_dot(dot: str) -> None:
    [name] = [one for one in terms("买买提·艾力的工号是多少？") if "·" in one.text]

    assert name == Term("买买提·艾力", Kind.PERSON)
    assert occurs(name, fold(f"工号U0815：买买提{dot}艾力"))
    assert occurs(name, fold("工号U0815：买买提艾力"))
    assert not occurs(name, fold(f"工号U0815：吐尔逊{dot}艾力"))


def test_of_a_name_with_a_middle_dot_the_last_part_is_enough_where_it_stands_alone() -> None:
    assert held("列夫·托尔斯泰", Kind.PERSON, "托尔斯泰生于1828年。")
    assert not held("列夫·托尔斯泰", Kind.PERSON, "阿列克谢·托尔斯泰生于1883年。")


# --- Latin names ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Müller", "J. Mueller signs."),
        ("Mueller", "Jürgen Müller signs."),
        ("Muller", "Jürgen Müller signs."),
        ("Indian", "The company from India replied."),
        ("Chinese", "imported from China"),
        ("Gandhi", "Ghandi was born in 1869."),
        ("Influenze", "influenza"),
        ("Saint-Pierre", "Pierre, Saint"),
        ("Atlantic", "the transatlantic cable"),
        ("Porter", "Porters carry."),
    ],
)
def test_a_latin_name_is_held_in_another_spelling(name: str, text: str) -> None:
    assert held(name, Kind.LATIN, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Brightwater", "Brightstone Ltd."),
        ("Porter", "Harry Potter"),
        ("Miller", "Mueller"),
        ("Indian", "the industry grew"),
        ("Saint-Pierre", "Saint Paul"),
        ("Meyer", "Ms Mayer"),
    ],
)
def test_the_same_beginning_or_one_other_letter_makes_another_name(name: str, text: str) -> None:
    assert not held(name, Kind.LATIN, text)


def test_a_name_inside_a_word_or_a_month_is_none() -> None:
    assert terms("Who founded McKinsey in Feb 2010?") == ()
    assert terms("How is HeteSim measured?") == ()
    assert terms("What is Jürgen Müller's e-mail?")[0].text == "Müller"
