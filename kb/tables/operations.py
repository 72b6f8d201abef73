"""What a question wants done: count, add up, the highest three, a share. By words of both
languages; each is taken once, the longest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from kb.tables.spans import overlaps
from kb.text.han import HAN
from kb.text.numbers import HAN_DIGITS, han_value


class Want(StrEnum):
    SUM = "sum"
    AVERAGE = "average"
    MEDIAN = "median"
    HIGHEST = "highest"
    LOWEST = "lowest"
    SHARE = "share"
    DIFFERENCE = "difference"
    GROWTH = "growth"
    EXISTS = "exists"
    LIST = "list"
    NOT = "not"
    EACH = "each"
    QUOTIENT = "quotient"
    WHICH = "which"
    PERSON = "who"
    TIME = "when"
    PLACE = "where"
    MONEY = "how much"
    NUMBER = "how many"
    SIZE = "how large"
    DURATION = "how long"
    NEXT = "next"
    """The row behind one that is named."""
    PREVIOUS = "previous"


class Kind(StrEnum):
    """What a superlative is of, where its word says it."""

    ANY = ""
    MONEY = "money"
    DATE = "date"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Wanted:
    start: int
    end: int
    want: Want
    kind: Kind = Kind.ANY
    number: int = 0


_MEASURES = (
    "个名位人台件家条种批次项套辆本份张间户笔款类例床门场趟节支只把块所头单起篇栋"
    "封册部宗幅双对箱袋瓶座届轮组桩票班亩尾株艘架列堂科枚粒片桶罐柜车单"
)
_UNITS = "个月|天|年|小时|分钟|元|公斤|千克|吨|公里|米|平方米|岁|度|分|万元|号"
_HANS = "".join(HAN_DIGITS)
_N = rf"(?P<n>\d{{1,3}}|[{_HANS}十]{{1,3}})"
_EN_NUMBERS = {
    word: n
    for n, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
    )
}
_EN_N = rf"(?P<n>\d{{1,3}}|{'|'.join(_EN_NUMBERS)})"
_TOP = rf"(?:前|排名前|top){_N}(?:[{_MEASURES}]|名)?"

_ORDER_DOWN = "(?:从|由)(?:高到低|大到小|多到少|长到短|贵到便宜|重到轻|新到旧|晚到早)|降序|倒序"
_ORDER_UP = "(?:从|由)(?:低到高|小到大|少到多|短到长|便宜到贵|轻到重|旧到新|早到晚)|升序"
_LISTED = r"(?:(?:finished|ranked|placed|listed) )?(?:(?:just|directly) )?"
_RIGHT = r"(?:(?:right|directly|immediately|just|listed|that|comes?|came) )*"
_THAT = r"(?:(?:that|who|which) )?(?:(?:directly|immediately) )?"
_SORTED = r"(?:排序|排列|排名?|来?看|来?数)?"

_PATTERNS: tuple[tuple[Want, Kind, str], ...] = (
    (Want.HIGHEST, Kind.ANY, rf"按?照?(?:{_ORDER_DOWN}){_SORTED}|in descending order(?: of)?"),
    (Want.LOWEST, Kind.ANY, rf"按?照?(?:{_ORDER_UP}){_SORTED}|in ascending order(?: of)?"),
    (
        Want.NEXT,
        Kind.ANY,
        rf"{_RIGHT}after|{_LISTED}(?:below|behind)(?= [a-z])"
        rf"|{_THAT}(?:follow(?:ed|s|ing)|succeed(?:ed|s|ing))|(?:the )?next"
        r"|紧接着?|紧随|[的后之]?下一(?=[个名位任届站场部张])|的?后一(?=[个名位任届站场])",
    ),
    (
        Want.PREVIOUS,
        Kind.ANY,
        rf"{_RIGHT}before|{_LISTED}(?:above|ahead of)(?= [a-z])|{_THAT}preced(?:ed|es|ing)"
        r"|prior to|(?:the )?previous(?: to)?"
        r"|[的前之]?上一(?=[个名位任届站场部张])|的?前一(?=[个名位任届站场])",
    ),
    (Want.QUOTIENT, Kind.ANY, r"除以|divided by"),
    (
        Want.DURATION,
        Kind.ANY,
        r"(?:for )?how long|(?<![比差])(?:是|有|为)?(?:多长时间|多久|多长(?![度宽]))",
    ),
    (
        Want.GROWTH,
        Kind.ANY,
        r"(?:增长|上升|提高|下降|减少|降低|增加|上涨|涨)了?(?:百分之(?:多少|几)|率)(?:是多少)?"
        r"|(?:同比|环比)(?:增长|下降)?(?:率|了?多少|百分之几)?|[增涨降跌]幅(?:是多少)?|"
        r"增长率(?:是多少)?"
        r"|how many per ?cent (?:higher|lower|more|less|fewer)"
        r"|by (?:what|how many) per ?cent(?:age)?|growth rate|percentage (?:increase|growth|change)"
        r"|growth|(?:what|which) per ?cent(?:age)? (?:increase|change)",
    ),
    (
        Want.SHARE,
        Kind.ANY,
        r"所?占(?=.{0,14}(?:百分之|比例|比重|百分比|几成|多少))|占比(?:是多少)?|占的?(?:比例|比重)"
        r"|百分之(?:多少|几)|比例(?:是多少)?|占比(?:是多少)?"
        r"|what (?:percentage|share|proportion|per ?cent|fraction)(?: of)?|percentage|"
        r"(?:how (?:large|big|high) is )?the (?:share|proportion|percentage)(?: of)?|"
        r"proportion|in percent",
    ),
    (
        Want.DIFFERENCE,
        Kind.ANY,
        r"[多少][花用卖收买付交产领派]了?(?:多少|几)(?:块钱|块|钱)?|(?:相差|差了?|差距|贵了?|便宜了?|高了?|低了?|多了?|少了?|涨了?|降了?|增加了?|"
        r"减少了?|变了?|上涨了?|下降了?|涨跌了?)(?:多少|"
        rf"几)(?:块钱|块|钱|个百分点|倍|千米|公里|毫升|[万千]?元|{_UNITS}|[{_MEASURES}])?"
        r"|(?:差额|价差|差值|差距)(?:是多少)?"
        r"|by how (?:much|many)(?: [a-z]+)?|chang(?:e|ed|es)(?: in)?|变化了?(?:多少)?|"
        r"(?:how (?:many|much)(?: [a-z]+)? )?(?:lies?|is|are) between|"
        r"高出了?(?:多少)?|how much (?:more|less|cheaper|higher|lower|bigger)(?: expensive)?"
        r"|how many (?:more|fewer)|(?:the )?difference(?: in)?(?: between)?|差多少|相差多少",
    ),
    (Want.MEDIAN, Kind.ANY, r"中位数|(?:the )?median(?: of)?"),
    (
        Want.AVERAGE,
        Kind.ANY,
        r"平均每[a-z" + _MEASURES + r"]?|人均|平均|均值|(?:on |the )?average(?: of)?|mean(?: of)?",
    ),
    (
        Want.HIGHEST,
        Kind.ANY,
        rf"(?:最高|最多|最大|最贵|最长|最重|最好|最远|最快|最晚|最新|最近)的?{_N}[{_MEASURES}]",
    ),
    (
        Want.LOWEST,
        Kind.ANY,
        rf"(?:最低|最少|最小|最便宜|最短|最轻|最差|最近|最慢|最早)的?{_N}[{_MEASURES}]",
    ),
    (
        Want.HIGHEST,
        Kind.ANY,
        rf"(?:最高|最多|最大|最贵|最长|最重|最好)?的?排?{_TOP}(?:多|高|大)?"
        r"|tops? (?:the )?(?:list|table|ranking)|heads? the (?:list|table)"
        r"|排第一|排首位|居首|名列第一|(?:comes?|ranks?|placed) first",
    ),
    (Want.LOWEST, Kind.ANY, r"垫底|排最后|排末位|末位|倒数第一|(?:comes?|ranks?|placed) last"),
    (Want.HIGHEST, Kind.ANY, rf"(?:the )?{_EN_N} (?:highest|largest|biggest|top|best)"),
    (Want.HIGHEST, Kind.MONEY, rf"(?:the )?{_EN_N} (?:most expensive|dearest|costliest)"),
    (Want.LOWEST, Kind.MONEY, rf"(?:the )?{_EN_N} (?:cheapest|least expensive)"),
    (Want.HIGHEST, Kind.ANY, rf"(?:the )?(?:top|best|leading) {_EN_N}"),
    (Want.LOWEST, Kind.DATE, rf"(?:the )?(?:first|earliest|oldest) {_EN_N}(?= [a-z])"),
    (Want.LOWEST, Kind.ANY, rf"(?:the )?(?:bottom|last) {_EN_N}"),
    (Want.LOWEST, Kind.ANY, rf"(?:the )?{_EN_N} (?:lowest|smallest|shortest)"),
    (
        Want.HIGHEST,
        Kind.MONEY,
        r"最贵|最值钱|(?:the )?most expensive|(?:the )?costliest|(?:the )?dearest|"
        r"more expensive|更贵|哪个贵|比较贵",
    ),
    (
        Want.LOWEST,
        Kind.MONEY,
        r"最便宜|最实惠|(?:the )?(?:cheapest|least expensive)|cheaper|更便宜|哪个便宜",
    ),
    (
        Want.LOWEST,
        Kind.DATE,
        r"最早|最先|资历最深|资格最老|时间最久|时间最长|最久|(?<=[a-z] )first(?=\W*$)"
        r"|(?:the )?(?:very )?first(?= [a-z])"
        r"(?! (?:name|class|aid|half|quarter|place|floor|row|line))"
        r"|(?:the )?(?:earliest|oldest|"
        r"longest[- ]serving)|"
        r"(?:the )?longest|first of all|最老",
    ),
    (
        Want.HIGHEST,
        Kind.DATE,
        r"最晚|最迟|最新|最近(?:一次|一个|一笔)?|(?:the )?(?:latest|last|newest|"
        r"most recent(?:ly)?|youngest)",
    ),
    (
        Want.HIGHEST,
        Kind.ANY,
        r"最常见?|最频繁|(?:the )?(?:most common(?:ly)?|most frequent|commonest)|"
        r"最高|最多|最大|最长|最重|最好|最远|最快|第一(?:高|多|大)?|(?:the )?(?:highest|"
        r"largest|biggest|farthest|furthest|tallest|deepest|widest|most often|"
        r"most frequently|greatest|most|heaviest|maximum|max|longest|best|(?:taller|deeper|longer|"
        r"heavier|bigger|farther|wider|higher|greater|larger|(?:(?<=ha[ds] )|(?<=have ))more)"
        r"(?! than))|更高|"
        r"更多|更大|[哪谁][个者家位]?更?[高多大长重贵](?=[些呢差相]|一[些点]|\W|$)|[高多大长重贵](?:一些|一点)?的(?=是?哪)",
    ),
    (
        Want.LOWEST,
        Kind.ANY,
        r"最低|最少|最小|最短|最轻|最差|最慢|(?:the )?(?:lowest|smallest|fewest|(?<!at )least|"
        r"minimum|min|shortest|lightest|nearest|closest|narrowest|worst|"
        r"(?:shorter|smaller|lighter|lower|(?<=ha[ds] )fewer)(?! than))|"
        r"更[低少小短轻]|哪[个一家种]更?[低少小短轻](?=[些呢差相]|一[些点]|\W|$)|"
        r"[哪谁][者位]?更?[低少小短轻](?=[些呢差相]|一[些点]|\W|$)|"
        r"[低少小短轻]的(?=是?哪)",
    ),
    (
        Want.SUM,
        Kind.MONEY,
        r"(?:一共|总共|合计|共|总计|加起来|累计)(?:要|得)?(?:花|花费|支出|付|用|"
        r"收)了?(?:多少|几)(?:元|块钱|块|钱)?",
    ),
    (
        Want.SUM,
        Kind.ANY,
        r"add up|adds? up to|comes? to"
        r"|(?:over |in |for )?(?:all |the )?(?:four|4) quarters(?: together)?|四个季度|"
        r"合计|总计|总额|总和|之和|总数|加起来|加总|求和|累计|"
        rf"总(?!共|计)的?(?=[{HAN}])|(?:in )?total(?: of)?|"
        r"sum(?: of)?|altogether|combined|(?:all )?together",
    ),
    (
        Want.SUM,
        Kind.ANY,
        r"(?:(?:for|over|in) )?(?:the )?(?:(?:whole|full|entire) year|whole(?= of))",
    ),
    (Want.SUM, Kind.ANY, r"一共|总共|共计|全部加起来|总共|共(?=有|计|多少|几)|in all|overall"),
    (
        Want.EXISTS,
        Kind.ANY,
        r"有没有|存不存在|是否有|是不是有|有无|存在|(?:were|was|are|is) there(?: any)?|^(?:were|"
        r"was|are|is|did|"
        r"does|do|has|have) any|do we have(?: any)?|有(?=.{1,40}吗)",
    ),
    (
        Want.LIST,
        Kind.ANY,
        rf"(?:列出来?|列一下|列举|名单|清单(?=是)|分别(?!(?:是|有)?(?:多少|几)[{_MEASURES}])"
        r"(?:是|有)?(?:谁|哪些|(?:多少|几)(?![" + _MEASURES + r"]))?|list|"
        r"show(?: me)?|name|各是)",
    ),
    (
        Want.NOT,
        Kind.ANY,
        r"(?<![能要会可是好对])(?:不(?![到足超少多低高大小同良合满管论仅但过及限变动知好能要])|"
        r"没|未|非)(?:是|在|处于|属于|位于|采用|使用|用|由|为|来自|有)?(?=的?$|"
        rf"[{HAN}a-z0-9])"
        r"|没有处于|并非|除了?|以外的?|之外的?|"
        r"(?:are|is|was|were|do|have|has|had|"
        r"does|did)?n[o']t(?: in| at)?|not(?: in| at| from| of)?|"
        r"other than|except(?: for)?|excluding|without|尚未|还没有?",
    ),
    (
        Want.EACH,
        Kind.ANY,
        rf"每个?(?=[{HAN}])|各个?(?=[{HAN}])|"
        r"按照?(?=.{1,10}(?:汇总|统计|"
        r"分组|来看|看|分|合计))|"
        r"^by(?= )|by each|(?:for |in |of )?each|"
        r"every|(?<=[ ])per(?= )",
    ),
    (
        Want.MONEY,
        Kind.MONEY,
        r"(?:是|要|花|卖|花了|需要|值|为)?多少(?:块钱|块|钱|[千万亿]?(?:美|欧|日|港)?元|[万亿](?![a-z"
        + HAN
        + r"]))(?:一["
        + _MEASURES
        + r"吨方斤米升])?|几块钱?|什么价|how expensive|(?<=what )(?:does|do|did|will)(?=.* cost\b)"
        r"|costs?(?= (?:for|to|on|in|at|per)\b|\W*$)"
        r"|how much(?: money)?(?: did| does| do| is| was| were| are)?",
    ),
    (
        Want.SIZE,
        Kind.ANY,
        r"how (?:large|big|high|tall|heavy|wide|deep|far)(?: is| are| was| were)?"
        r"|(?:是|有)?多[大高重远宽深](?![的了])",
    ),
    (
        Want.TIME,
        Kind.DATE,
        r"(?:是)?(?:什么时候|何时|哪一?天|哪年哪月哪日|哪年哪月|哪一?年|几月几[日号]|几号|"
        r"啥时候|哪一?日|什么日期|(?:on )?(?:what|"
        r"which) (?:[a-z]+ )?(?:date|day|year)|when)(?: did| does| do| is| was| were| are| will)?",
    ),
    (
        Want.PLACE,
        Kind.ANY,
        r"在?(?:哪里|哪儿|何处|什么地方|哪个地方|啥地方)|where(?: is| are| was| does| do| did)?",
    ),
    (
        Want.PERSON,
        Kind.ANY,
        r"谁的?|哪一?位|哪一?名|哪个人|(?:^|(?<=, )|(?<=and )|(?<=of )|(?<=to ))(?:who|whose|whom)",
    ),
    (Want.WHICH, Kind.ANY, rf"(?:which|what|the) {_EN_N}(?= [a-z])"),
    (Want.WHICH, Kind.ANY, r"(?:叫|是)?什么(?:名字|名称|名)"),
    (Want.WHICH, Kind.ANY, rf"(?:都)?(?:有|是)?哪(?:几|{_N})[{_MEASURES}]"),
    (
        Want.NUMBER,
        Kind.NUMBER,
        r"的(?:数量|个数|数目|台数|家数|次数|件数)(?:是多少|有多少|为多少|多少)?|人数"
        r"|数量(?:是多少|有多少|为多少|多少|(?=[?]?$))",
    ),
    (
        Want.WHICH,
        Kind.ANY,
        r"(?:是|为|等于|分别是)(?:多少|几)(?![" + _MEASURES + HAN + r"])",
    ),
    (
        Want.NUMBER,
        Kind.NUMBER,
        rf"(?:有|(?<!一)共有|是)?(?:多少|几)(?:{_UNITS}|[{_MEASURES}])?(?:人)?|"
        rf"how (?:many(?: different)?|often|many times)|"
        rf"(?:the (?:total )?|^)(?:number|count) of|^count|(?<=tell me )count",
    ),
    (
        Want.WHICH,
        Kind.ANY,
        rf"(?:有|是)?(?:哪|什么)(?:几|{_N})?(?:一)?(?:些|[{_MEASURES}]|里)?|"
        rf"which(?: one)?(?: of)?|"
        rf"what(?:'s| is| are| was| were)?",
    ),
)
_BEGINS = r"(?:(?![a-z])|(?<![a-z]))"
_ENDS = r"(?<![a-z])|(?![a-z])"
_COMPILED = tuple(
    (want, kind, re.compile(rf"{_BEGINS}(?:{pattern})(?:{_ENDS})"))
    for want, kind, pattern in _PATTERNS
)


def wanted(text: str, taken: list[tuple[int, int]]) -> list[Wanted]:
    """What a folded question wants, outside of what is `taken` (values, dates), in its order."""
    found: list[Wanted] = []
    for one in _words(text):
        others = [*taken, *((other.start, other.end) for other in found)]
        if overlaps(one.start, one.end, others):
            behind = [start for start, _ in others if one.start < start < one.end]
            shorter = _shortened(text, one, min(behind)) if behind else None
            if shorter is None or overlaps(shorter.start, shorter.end, others):
                continue
            one = shorter
        found.append(one)
    return sorted(found, key=lambda one: one.start)


_SHORTENED = (Want.DIFFERENCE, Want.NUMBER)


def _shortened(text: str, one: Wanted, end: int) -> Wanted | None:
    """The same without the words behind it that are a column's name: by how many members."""
    if one.want not in _SHORTENED:
        return None
    for want, kind, pattern in _COMPILED:
        if (want, kind) == (one.want, one.kind):
            match = pattern.match(text, one.start, end)
            if match and match.end() > one.start:
                return Wanted(*match.span(), want, kind, _number(match))
    return None


@lru_cache(maxsize=8)
def _words(text: str) -> tuple[Wanted, ...]:
    """All words of a question that want something, in the order of the patterns: the same for
    every table that it is linked to."""
    return tuple(
        Wanted(*match.span(), want, kind, _number(match))
        for want, kind, pattern in _COMPILED
        for match in pattern.finditer(text)
        if match.start() < match.end()
    )


def _number(match: re.Match[str]) -> int:
    text = match.groupdict().get("n") or ""
    if text in _EN_NUMBERS:
        return _EN_NUMBERS[text]
    if text.isascii():
        return int(text) if text else 0
    return han_value(text)
