"""Properties by their other names: 电话, 手机 and 联系方式, phone and mobile are one; 分机 is none.

Only properties whose values look alike are told apart here: a code, or a long number, does not say
what it is. What the list does not name is taken for the listed name that it is nearest to in
meaning; measured in both directions in docs/retrieval.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from kb.text.han import HAN


class Property(StrEnum):
    TELEPHONE = "telephone"
    MOBILE = "mobile"
    LANDLINE = "landline"
    EXTENSION = "extension"
    CONTACT = "contact"
    FAX = "fax"
    STAFF = "staff"
    IDENTITY = "identity"
    ACCOUNT = "account"
    POST = "post"
    CONTRACT = "contract"
    ORDER = "order"
    INVOICE = "invoice"
    TAX = "tax"
    PLATE = "plate"
    SERIAL = "serial"
    PART = "part"
    OTHER = "other"


_NAMES: Mapping[Property, tuple[str, ...]] = {
    Property.TELEPHONE: ("电话|电话号码|联系电话", "phone|telephone|phone number|tel"),
    Property.MOBILE: (
        "手机|手机号|手机号码|移动电话",
        "mobile|cell phone|mobile number|mobile phone",
    ),
    Property.LANDLINE: ("座机|固定电话|办公电话", "landline"),
    Property.EXTENSION: ("分机|分机号|内线|内线号码|短号", "extension|ext|extension number"),
    Property.CONTACT: ("联系方式|联络方式", "contact details"),
    Property.FAX: ("传真|传真号", "fax|fax number"),
    Property.STAFF: (
        "工号|员工编号|职工号|员工号",
        "staff number|employee ID|employee number|personnel number",
    ),
    Property.IDENTITY: ("身份证号|身份证号码|证件号码|护照号", "passport number|ID card number"),
    Property.ACCOUNT: ("账号|银行账号|银行卡号|账户", "account number|bank account"),
    Property.POST: ("邮编|邮政编码", "postcode|zip code"),
    Property.CONTRACT: ("合同编号|合同号", "contract number"),
    Property.ORDER: ("订单号|订单编号", "order number"),
    Property.INVOICE: ("发票号|发票号码", "invoice number"),
    Property.TAX: ("税号|纳税人识别号", "tax number|VAT number"),
    Property.PLATE: ("车牌|车牌号|车牌号码", "license plate|number plate|licence plate"),
    Property.SERIAL: ("序列号|出厂编号", "serial number"),
    Property.PART: ("部件号|零件号|物料编码|料号", "part number|item number"),
    # Nobody's other name; without them what is near to them would be taken for a telephone.
    Property.OTHER: (
        "地址|住址|通讯地址|邮箱|电子邮件|型号|规格型号|房间号|办公室|价格|单价|金额|总价|密码|版本号|案号"
        "|批次号|学号|会员号|床号|票号|验证码|IP地址|供应商|负责人|血型",
        "address|e-mail|model|type|room number|office|price|cost|amount|total|password|version"
        "|batch number|membership number|ticket number|tracking number|case number|blood type",
    ),
}
_OF_NAME = {
    name.lower(): kind
    for kind, lists in _NAMES.items()
    for names in lists
    for name in names.split("|")
}
_TELEPHONES = frozenset({Property.TELEPHONE, Property.CONTACT})
_ANSWERED_BY: Mapping[Property, frozenset[Property]] = {
    Property.TELEPHONE: _TELEPHONES | {Property.MOBILE, Property.LANDLINE, Property.EXTENSION},
    Property.CONTACT: _TELEPHONES | {Property.MOBILE, Property.LANDLINE, Property.EXTENSION},
    Property.MOBILE: _TELEPHONES | {Property.MOBILE},
    Property.LANDLINE: _TELEPHONES | {Property.LANDLINE},
    Property.OTHER: frozenset(),
}

Likeness = Callable[[str, Sequence[str]], Sequence[float]]
"""How near a name is to each of others in meaning, as cosines."""

LEAST_ALIKE: Mapping[str, float] = {"multilingual-e5-small": 0.96}
"""By embedding model, the cosine from which on one name is taken for another."""

ALIKE = "{}是多少"
"""How a name is embedded: bare words are all near to each other."""

_LISTED = re.compile(
    "|".join(
        rf"(?<![a-z]){re.escape(name)}(?![a-z])" if name.isascii() else re.escape(name)
        for name in sorted(_OF_NAME, key=len, reverse=True)
    )
)
_CELL = re.compile(r"[|；;。\n，]|, |\. (?=[a-z]{4})")
_LABEL = re.compile(rf"([{HAN}]{{2,8}}|[a-z][a-z .-]{{2,24}}?)\s*[:：]?\s*$")
_NEAR = 80
"""Characters before a figure in which its label is looked for."""


def least_alike(embedding_model: str) -> float | None:
    """By the model's name, with or without a tag or a namespace in front of it."""
    return LEAST_ALIKE.get(embedding_model.rpartition("/")[2].partition(":")[0].lower())


def answers(asked: Property, label: Property) -> bool:
    """Whether a value under one name is what was asked for under another."""
    return label in _ANSWERED_BY.get(asked, {asked})


def listed(text: str) -> list[tuple[str, Property]]:
    """The names of the list that stand in a folded text, with their kinds, in its order."""
    return [(match.group(), _OF_NAME[match.group()]) for match in _LISTED.finditer(text)]


def by_meaning(name: str, likeness: Likeness, least: float) -> Property:
    """The kind of the listed name that is nearest; OTHER where none is near."""
    names = [*_OF_NAME]
    near = likeness(name, names)
    best = max(range(len(names)), key=lambda i: near[i])
    return _OF_NAME[names[best]] if near[best] >= least else Property.OTHER


def labels(code: str, text: str) -> Iterator[tuple[Property, str]]:
    """For each place of a code in a folded text what it is called there: the kind of the listed
    name that stands before it in its cell or clause, else OTHER and the words before it."""
    for found in re.finditer(rf"(?<![a-z0-9]){re.escape(code)}(?![a-z0-9])", text):
        before = text[max(0, found.start() - _NEAR) : found.start()]
        cell = _CELL.split(before)[-1]
        if names := listed(cell):
            yield names[-1][1], names[-1][0]
        else:
            label = _LABEL.search(cell)
            yield Property.OTHER, label[1].strip() if label else ""
