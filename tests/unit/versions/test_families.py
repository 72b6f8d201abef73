"""Which documents are versions of one another, and in which order."""

from __future__ import annotations

import time
from collections.abc import Mapping
from zlib import crc32

from kb.text.likeness import likeness, sketch
from kb.version_types import Family, FamilyKind, Sketched
from kb.versions.facts import version_facts
from kb.versions.families import families

LENDING = "读者每次可借图书五册，借期三十天，可续借一次。逾期每册每日收费一角。善本只供馆内阅览。"
PRICES = "绿茶 每斤 红茶 每斤 乌龙茶 每斤 白茶 每斤 普洱 每饼 茉莉花茶 每斤 龙井 碧螺春 铁观音"


def document(
    path: str,
    text: str,
    title: str = "",
    labels: Mapping[str, str] | None = None,
    mtime: str = "2024-06-01",
) -> Sketched:
    terms = {crc32(text[at : at + 2].encode()) for at in range(len(text) - 1)}
    facts = version_facts(path, title or path, labels or {}, head=text, tail="")
    changed = int(time.mktime(time.strptime(mtime, "%Y-%m-%d"))) * 10**9
    return Sketched(path, "docs", path, changed, facts, sketch(terms))


def sources(family: Family) -> list[str]:
    return [one.source for one in family.members]


def test_two_editions_of_one_rule_are_a_family_the_older_first() -> None:
    new = document("借阅规则-2022版.md", f"自2022年9月1日起施行，原规则同时废止。{LENDING}")
    old = document("借阅规则-2019版.md", f"自2019年3月1日起施行。{LENDING}")
    [family] = families([new, old])
    assert family.kind is FamilyKind.EDITION
    assert sources(family) == ["借阅规则-2019版.md", "借阅规则-2022版.md"]
    assert [one.since for one in family.members] == [20190301, 20220901]


def test_a_rule_is_in_force_from_its_day_on() -> None:
    new = document("借阅规则-2022版.md", f"自2022年9月1日起施行。{LENDING}")
    old = document("借阅规则-2019版.md", f"自2019年3月1日起施行。{LENDING}")
    [family] = families([new, old])
    assert family.in_force(20220831).source == "借阅规则-2019版.md"
    assert family.in_force(20220901).source == "借阅规则-2022版.md"


def test_numbers_go_before_days() -> None:
    each = [document(f"合同-V{n}.txt", LENDING, mtime=f"2024-0{5 - n}-01") for n in (3, 1, 2)]
    [family] = families(each)
    assert sources(family) == ["合同-V1.txt", "合同-V2.txt", "合同-V3.txt"]


def test_a_draft_is_not_in_force_however_new_it_is() -> None:
    draft = document("Lending rules draft.md", f"Effective from 2024-05-01. {LENDING}")
    valid = document("Lending rules.md", f"Effective from 2020-05-01. {LENDING}")
    [family] = families([draft, valid])
    assert family.in_force(20240601).source == "Lending rules.md"


def test_a_draft_and_the_signed_contract_are_versions_however_much_was_negotiated() -> None:
    head = "被服租赁合同。甲方：青禾疗养院，乙方：安洁公司。"
    draft = head + "每件租金三元，收到发票后六十日内付款，保证金三万元，迟延每日扣百分之五。"
    signed = head + "每件租金二元六角，次月十五日前付清，保证金二万元，期满退还，合同期两年。"
    newest = document("安洁被服-草稿.md", draft, mtime="2024-06-02")
    [family] = families([newest, document("安洁被服-签署版.md", signed)])
    assert family.in_force(20250101).source == "安洁被服-签署版.md"


def test_price_lists_of_two_months_are_a_series() -> None:
    each = [document(f"茶叶价目-2023-{month}.md", f"{PRICES} {month}") for month in ("03", "09")]
    [family] = families(each)
    assert family.kind is FamilyKind.SERIES
    assert sources(family)[-1] == "茶叶价目-2023-09.md"


def test_minutes_of_two_meetings_are_no_versions() -> None:
    one = document("2024-03-05-馆务会.md", "馆务会纪要。决定更换门禁，预算三万元，由总务科办理。")
    other = document("2024-04-09-馆务会.md", "馆务会纪要。暑期开放时间延长到晚上九点，增聘两人。")
    assert families([one, other]) == ()


def test_contracts_from_one_template_are_no_versions() -> None:
    one = document("LB-2024-017-甲公司供货合同.md", LENDING, title="供货合同")
    other = document("LB-2024-018-乙公司供货合同.md", LENDING, title="供货合同")
    assert families([one, other]) == ()


def test_titles_tell_what_file_names_do_not() -> None:
    old = document("f23.md", f"自2023年1月1日起执行。{LENDING}", title="借阅收费标准（2023年版）")
    new = document("f25.md", f"自2025年1月1日起执行。{LENDING}", title="借阅收费标准（2025年版）")
    [family] = families([new, old])
    assert sources(family) == ["f23.md", "f25.md"]


def test_a_document_that_is_named_as_replaced_belongs_to_what_replaces_it() -> None:
    old = document("阅览须知.md", "阅览室内请保持安静，不得饮食。")
    new = document("读者守则.md", f"自2024年1月1日起施行，《阅览须知》同时废止。{LENDING}")
    [family] = families([old, new])
    assert sources(family)[-1] == "读者守则.md"


def mail(path: str, subject: str, text: str, sender: str, to: str, date: str) -> Sketched:
    labels = {"from": sender, "to": to, "subject": subject, "date": date}
    return document(path, text, subject, labels)


def test_mails_of_one_thread_are_a_family_by_their_dates() -> None:
    asked = mail("1.eml", "Shelves", "When do they come?", "a@x", "b@y", "2024-03-01 09:00")
    told = mail("2.eml", "Re: Shelves", "Ten on Friday.", "b@y", "a@x", "2024-03-02 09:00")
    [family] = families([told, asked])
    assert (family.kind, sources(family)) == (FamilyKind.THREAD, ["1.eml", "2.eml"])


def test_mails_of_other_people_under_one_subject_are_none() -> None:
    one = mail("1.eml", "Shelves", "When do they come?", "a@x", "b@y", "2024-03-01 09:00")
    other = mail("2.eml", "Re: Shelves", "Ten on Friday.", "c@z", "d@z", "2024-03-02 09:00")
    assert families([one, other]) == ()


def test_a_sketch_estimates_the_share_of_terms() -> None:
    half = likeness(sketch(range(0, 2000)), sketch(range(1000, 3000)))
    assert 0.15 < half < 0.5
    assert likeness(sketch(range(500)), sketch(range(500))) == 1.0
    assert likeness(sketch(()), sketch(())) == 0.0


def test_five_thousand_documents_take_less_than_some_seconds() -> None:
    names = [f"{n // 2}号规则-{2020 + n % 2}版.md" for n in range(5000)]
    many = [document(name, f"{name} {LENDING}") for name in names]
    began = time.process_time()
    found = families(many)
    assert time.process_time() - began < 5
    assert len(found) == 2500


NOTICE = "各位同事：即日起废止《借阅规则》，请勿再用。"


def test_what_a_notice_voids_is_replaced_by_the_notice_where_nothing_else_is_in_its_place() -> None:
    rule = document("借阅规则.md", LENDING)
    notice = document("通知-2024-05-01.md", NOTICE, title="关于开馆的通知")
    [family] = families([rule, notice])
    assert family.in_force(20240601).source == "通知-2024-05-01.md"
    assert sources(family) == ["借阅规则.md", "通知-2024-05-01.md"]


def test_a_notice_whose_name_says_that_it_ends_a_rule_is_in_its_place_from_its_day_on() -> None:
    rule = document("规章/借阅规则.md", f"2022年7月1日起施行\n{LENDING}")
    text = "2022年7月1日起施行的《借阅规则》自2024年4月1日起废止，此后请用自助机。"
    notice = document("规章/关于废止《借阅规则》的通知.txt", text)
    [family] = families([rule, notice])
    assert family.in_force(20240331).source == "规章/借阅规则.md"
    assert family.in_force(20240401).source == "规章/关于废止《借阅规则》的通知.txt"


def test_a_notice_stands_in_no_ones_place_where_there_is_a_newer_version() -> None:
    old = document("借阅规则-2019版.md", f"自2019年3月1日起施行。{LENDING}")
    new = document("借阅规则-2022版.md", f"自2022年9月1日起施行。{LENDING}")
    notice = document("通知-2024-05-01.md", NOTICE, title="关于开馆的通知")
    [family] = families([old, new, notice])
    assert family.in_force(20240601).source == "借阅规则-2022版.md"
    assert "通知-2024-05-01.md" not in sources(family)
