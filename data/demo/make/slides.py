"""Two slide decks: a Chinese production review with a table and notes, an English training."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pptx
from common import AUTHOR, DOCS, FIXED, write_zip_document
from pptx.util import Cm, Pt


@dataclass(frozen=True)
class Slide:
    title: str
    points: Sequence[str] = ()
    table: Sequence[Sequence[str]] = ()
    notes: str = ""


REVIEW = (
    Slide("2024年度生产总结", ("启川流体机械有限公司 生产部", "编制日期：2024年11月25日")),
    Slide(
        "主要指标完成情况",
        table=(
            ("指标", "2023年实际", "2024年目标", "2024年预计"),
            ("泵产量（台）", "1,486", "1,600", "1,634"),
            ("产值（万元）", "6,820", "7,300", "7,455"),
            ("按期交货率", "91.2%", "95.0%", "94.1%"),
            ("出厂一次合格率", "95.8%", "97.0%", "97.2%"),
            ("单位能耗（千瓦时/台）", "412", "395", "388"),
            ("百万工时伤害率", "2.1", "1.5", "1.3"),
        ),
        notes="按期交货率没有达到目标，原因是第三季度铸件迟到，详见第四季度生产协调会会议记录。",
    ),
    Slide(
        "技术改造",
        (
            "二号车间新增五轴加工中心一台，投资 268 万元，六月投产，叶轮加工时间由 95 分钟降到 52 分钟。",
            "喷漆线改用水性漆，挥发性有机物排放减少 63%。",
            "试验大厅安装余热回收装置，每年节约天然气 4.2 万立方米。",
            "仓库启用条码管理，盘点时间由三天缩短到 7 小时。",
        ),
    ),
    Slide(
        "存在的问题",
        (
            "大口径铸件依赖单一供应商，全年迟交 5 次。",
            "熟练装配工不足，缺口 12 人。",
            "七月试验台软管爆裂事故造成直接损失 7.7 万元。",
            "旧行车 OC-1 使用年限已达 19 年，维修费用逐年上升。",
        ),
        notes="行车更换已经列入 2025年预算，预算额 86 万元。",
    ),
    Slide(
        "2025年工作计划",
        (
            "产量目标 1,750 台，产值目标 8,000 万元。",
            "第一季度完成第二铸件供应商的批量供货。",
            "四月底以前招聘并培训装配工 15 人。",
            "九月以前更换行车 OC-1。",
            "通过能源管理体系认证，审核时间定在 2025年10月。",
        ),
        notes="总经理要求每季度第一个月的十日以前汇报进度。",
    ),
)

HYGIENE = (
    Slide("Hand Hygiene Training", ("Infection control team, Linxi Second Hospital", "Refresher course, 2024")),
    Slide(
        "Why it matters",
        (
            "In 2023 the hospital recorded 148 hospital-acquired infections; 39 of them were spread by hands.",
            "Compliance was observed at 71 percent. The target for 2024 is 85 percent.",
            "One infection prolongs the stay by 6 days on average.",
        ),
    ),
    Slide(
        "The five moments",
        (
            "Before touching a patient",
            "Before a clean or aseptic procedure",
            "After exposure to body fluids",
            "After touching a patient",
            "After touching the patient's surroundings",
        ),
        notes="Ask the group which moment is forgotten most often. In our audits it is the fifth one.",
    ),
    Slide(
        "Rub or wash?",
        table=(
            ("Situation", "Method", "Amount", "Duration"),
            ("Hands look clean", "Alcohol rub", "3 ml", "30 seconds"),
            ("Hands visibly dirty", "Soap and water", "5 ml soap", "60 seconds"),
            ("Clostridioides difficile", "Soap and water, then alcohol rub", "5 ml and 3 ml", "90 seconds"),
            ("Before surgery", "Surgical alcohol rub", "10 ml", "3 minutes"),
        ),
        notes="Spores are not killed by alcohol. That is why water comes first.",
    ),
    Slide(
        "Rules for staff",
        (
            "No rings, watches or artificial nails in patient care; nails shorter than 2 millimetres.",
            "Gloves do not replace hand hygiene. Change gloves between two patients.",
            "Skin cream is provided in the blue dispenser, alcohol rub in the white one.",
            "Report skin problems to occupational health, office 2.114, within one week.",
        ),
    ),
    Slide(
        "How we measure",
        (
            "Each ward is observed for 20 minutes, four times a month, without notice.",
            "Consumption of alcohol rub: at least 28 litres per 1,000 patient days.",
            "Results hang in the staff room by the 5th of the next month.",
            "A ward below 75 percent for two months repeats this course within 30 days.",
        ),
    ),
)


def deck(title: str, slides: Sequence[Slide]) -> bytes:
    presentation = pptx.Presentation()
    properties = presentation.core_properties
    properties.title = title
    properties.author = properties.last_modified_by = AUTHOR
    properties.created = properties.modified = FIXED
    for slide in slides:
        page = presentation.slides.add_slide(presentation.slide_layouts[1 if not slide.table else 5])
        page.shapes.title.text = slide.title
        if slide.points:
            body = page.placeholders[1].text_frame
            body.text = slide.points[0]
            for point in slide.points[1:]:
                body.add_paragraph().text = point
            for paragraph in body.paragraphs:
                paragraph.font.size = Pt(20)
        if slide.table:
            shape = page.shapes.add_table(
                len(slide.table), len(slide.table[0]), Cm(1.5), Cm(4.5), Cm(22), Cm(9)
            )
            for y, row in enumerate(slide.table):
                for x, value in enumerate(row):
                    shape.table.cell(y, x).text = value
        if slide.notes:
            page.notes_slide.notes_text_frame.text = slide.notes
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def make() -> None:
    write_zip_document(DOCS / "factory/年度生产总结-2024.pptx", deck("2024年度生产总结", REVIEW))
    write_zip_document(
        DOCS / "hospital/hand-hygiene-training.pptx", deck("Hand Hygiene Training", HYGIENE)
    )
