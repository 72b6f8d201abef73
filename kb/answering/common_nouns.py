"""Words that the tagger takes for names of places, people or organisations, and that name none:
城市, 外国, 普通员工, 福利. A question with one of them asks about any city, not about one that
could be missing."""

from __future__ import annotations

import re
from functools import cache

from kb.text.word_files import lines_of

# What a place may be, and what sorts of it there are; 新乡 and 内乡 are places.
_KIND = "[国省市区县镇村州郡都城府]"
_PLACES = re.compile(
    f"{_KIND}{{2,}}"  # 城市, 都市, 州县
    "|[本外他各两全每别异邻友敌列诸老旧某该]?[国省市区县镇村]"  # 外国, 两国, 本市
    "|[新大小古山老][区村镇国城]|[城市乡郊山林矿港库海牧湖]区|乡镇|城乡|农村|乡村|山乡"
    "|(?:沿海|内地|内陆|边境|外地|异地|省会|一线|二线|三线|四线|大|中|小|中小|大中|重点|主要)"
    "(?:城市|地区)"
    "|[馆院校厂室楼店场园区库城市县省村][内外里中]"
    "|海外|境外|国外|国内|江河|江山|山河|江湖|大海|大江|大河|内河"
    "|海岛|海港|海湾|港湾|岛国|两岸"
)
_PERSONS = (
    "员工|职工|人员|工人|人士|居民|村民|市民|公民|用户|客户|学生|老师|教师|患者|病人|干部|经理"
    "|主管|代表|领导|同事|同学|股东|成员|会员|家属"
)
_ORGANISATIONS = "公司|部门|单位|机构|企业|工厂|医院|学校|法院|银行"
_OF_ANY = "普通|一般|其他|其它|所有|全体|全部|新|老|本|该|各|每|某|外部|内部|相关|有关"
_ANYBODY = re.compile(f".*(?:{_PERSONS})|(?:{_OF_ANY})+(?:{_ORGANISATIONS})")

_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "agreement annex appendix article branch chapter city clause client committee "
        "company contract country customer department director district document "
        "employee engineer figure government head hospital hotel item manager meeting "
        "ministry office officer page paragraph patient plant policy president price "
        "product project province region report room school section server state "
        "station street supplier table team town university version ",
    )
)


@cache
def mistagged() -> frozenset[str]:
    """Common words that the tagger's dictionary has as names (mistagged.txt); Simplified."""
    lines = lines_of("kb.answering", "mistagged.txt")
    return frozenset(word for line in lines for word in line.split())


def is_common_place(name: str) -> bool:
    """Whether what is tagged as a place or an organisation names none; folded."""
    return bool(_PLACES.fullmatch(name) or _ANYBODY.fullmatch(name))


def is_common_word(word: str) -> bool:
    """Whether an English word that is written with a capital names a kind of thing, in the
    singular or the plural: City, Suppliers."""
    lower = word.lower()
    return lower in _ENGLISH or (lower[-1:] == "s" and lower[:-1] in _ENGLISH)
