"""README.txt: for the person with the USB stick, in English and Chinese."""

from __future__ import annotations

from kb.bundle.manifest import CarriedIndex, CarriedModel, Target

_ENGLISH = """\
kb, an offline knowledge base, for a machine without a network
==============================================================

This file is one signed bundle. In it: {contents}.
{machine}
1. Before you use it
   Whoever made the bundle gave you, by another way than this file (on paper, by telephone):
     - its sha256; compare:            sha256sum FILE
     - the fingerprint of its key, SHA256:…; it is the KEY below.
   If one of them differs, stop, and ask.

2. Install
{install}
   Nothing is placed before every byte was found to be what the key's owner signed. Run the
   command again if it was interrupted. A configuration that is there already is kept.

3. Use
     DIR/bin/kb status
     DIR/bin/kb ask "…"
   An index that came along is a new generation; DIR/bin/kb rollback takes it back.
   Documentation, configurations and units for systemd lie in share/ of the bundle, and after
   the installation in DIR/program/current/share.
"""

_CHINESE = """\
kb 离线知识库安装包（用于不联网的机器）
==============================================================

本文件是一个经过签名的安装包，内含：{contents}。
{machine}
一、使用之前
   制作者应当通过其他途径（纸面、电话）告诉您两样东西：
     - 文件的 sha256，请核对：         sha256sum FILE
     - 签名公钥的指纹 SHA256:…，即下文的 KEY。
   只要有一样对不上，请停下来询问制作者。

二、安装
{install}
   每一个字节都核对无误之后才会写入正式位置。中途被打断，重新运行同一条命令即可。
   已有的配置文件不会被覆盖。

三、使用
     DIR/bin/kb status
     DIR/bin/kb ask "……"
   随包带来的索引会成为新的一代；DIR/bin/kb rollback 可以退回。
   文档、配置样例和 systemd 单元在包内 share/ 目录，安装后在 DIR/program/current/share。
"""

_WITH_PROGRAM = {
    "en": """\
     python{python} FILE install --to DIR --trust KEY
   That takes Python {python} and nothing else. Where kb is installed already:
     kb bundle install FILE --to DIR --trust KEY
   For an encrypted bundle, open it with age first, or use an installed kb with --identity or
   --passphrase-file.
""",
    "zh": """\
     python{python} FILE install --to DIR --trust KEY
   只需要 Python {python}，不需要别的软件。已经装有 kb 的机器上：
     kb bundle install FILE --to DIR --trust KEY
   加密的安装包请先用 age 解密，或者用已安装的 kb 加 --identity 或 --passphrase-file。
""",
}
_WITHOUT_PROGRAM = {
    "en": """\
     kb bundle install FILE --trust KEY
   on a machine where kb is installed already; --to DIR names another home folder. In what
   follows, DIR/bin/kb is that kb.
""",
    "zh": """\
     kb bundle install FILE --trust KEY
   在已经装有 kb 的机器上运行；--to DIR 指定另一个主目录。下文的 DIR/bin/kb 即该 kb。
""",
}


def readme(
    target: Target | None, models: tuple[CarriedModel, ...], indexes: tuple[CarriedIndex, ...]
) -> str:
    """Both languages, one after the other."""
    kinds = _WITH_PROGRAM if target else _WITHOUT_PROGRAM
    python = ".".join(target.python.split(".")[:2]) if target else ""
    names = ", ".join(model.name for model in models)
    english = [
        *(["kb and every package it needs"] if target else []),
        *([f"the models {names}"] if models else []),
        *(f"an index, '{it.collection}', of {it.documents} documents" for it in indexes),
    ]
    chinese = [
        *(["kb 及其全部软件包"] if target else []),
        *([f"模型 {names}"] if models else []),
        *(f"索引“{it.collection}”，{it.documents} 个文档" for it in indexes),
    ]
    return "\n".join(
        (
            _ENGLISH.format(
                contents="; ".join(english) or "configuration and documentation",
                machine=f"It is for: {target}.\n" if target else "",
                install=kinds["en"].format(python=python),
            ),
            _CHINESE.format(
                contents="；".join(chinese) or "配置和文档",
                machine=f"适用机器：{target}。\n" if target else "",
                install=kinds["zh"].format(python=python),
            ),
        )
    )
