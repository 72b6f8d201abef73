"""Two workbooks: a Chinese price list and an English maintenance log, several sheets each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

from common import AUTHOR, DOCS, FIXED, write_zip_document
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

Row = Sequence[str | int | float | date]
Sheet = tuple[str, Sequence[Row]]

PRICES: tuple[Sheet, ...] = (
    (
        "泵产品",
        (
            ("型号", "名称", "电机功率（千瓦）", "含税单价（元）", "交货期（天）"),
            ("X100-32", "单级离心泵", 3, 16800, 20),
            ("X100-50", "单级离心泵", 7.5, 24500, 20),
            ("X200-40", "重型离心泵", 4, 32600, 30),
            ("X200-65", "重型离心泵", 11, 51200, 35),
            ("X200-80", "重型离心泵", 22, 78900, 45),
            ("S50-4", "自吸泵", 4, 19700, 25),
            ("S80-11", "自吸泵", 11, 33400, 25),
            ("W65-5", "潜水排污泵", 5.5, 14300, 15),
            ("W100-15", "潜水排污泵", 15, 29800, 15),
            ("H25-2", "计量泵", 0.75, 11900, 40),
            ("QCK-10", "单泵控制柜", 11, 8600, 18),
            ("QCK-20", "双泵控制柜", 22, 13900, 22),
        ),
    ),
    (
        "备件",
        (
            ("备件号", "名称", "适用型号", "含税单价（元）", "库存（件）"),
            ("SK-2040", "机械密封组件", "X200-40", 1450, 36),
            ("SK-2065", "机械密封组件", "X200-65", 1980, 52),
            ("SK-2080", "机械密封组件", "X200-80", 2760, 14),
            ("IM-2040", "叶轮", "X200-40", 2300, 11),
            ("IM-2065", "叶轮", "X200-65", 3150, 9),
            ("IM-2080", "叶轮", "X200-80", 4880, 4),
            ("BR-6308", "轴承 6308", "X200-40", 185, 120),
            ("BR-6310", "轴承 6310", "X200-65", 260, 88),
            ("BR-6313", "轴承 6313", "X200-80", 415, 47),
            ("CP-3500", "弹性联轴器", "X200 全系列", 640, 33),
            ("OR-0190", "O 形圈套装", "X200 全系列", 75, 300),
            ("FL-0800", "吸入口滤网", "S50-4、S80-11", 390, 27),
        ),
    ),
    (
        "服务",
        (
            ("服务编号", "项目", "计价单位", "含税单价（元）", "说明"),
            ("FW-01", "上门检修", "人·天", 1600, "不含备件，不含交通费"),
            ("FW-02", "安装与调试", "台", 4200, "含一次操作培训"),
            ("FW-03", "年度保养", "台·年", 3800, "每年两次，含润滑油"),
            ("FW-04", "振动与对中检测", "台·次", 950, "出具检测报告"),
            ("FW-05", "紧急抢修", "次", 5500, "接到电话后 12 小时内到场"),
            ("FW-06", "操作人员培训", "人", 700, "每班不少于 6 人，为期两天"),
            ("FW-07", "旧泵返厂大修", "台", 9800, "工期 25 天，保修 12 个月"),
        ),
    ),
    (
        "说明",
        (
            ("条目", "内容"),
            ("价格表编号", "JG-2025-01"),
            ("有效期", "2025年1月1日至2025年6月30日"),
            ("税率", "全部价格含 13% 增值税"),
            ("数量折扣", "同一型号一次订购 10 台以上优惠 5%，20 台以上优惠 8%"),
            ("运费", "单笔订单满 50000 元免运费，不满的按 1.2% 收取，最低 150 元"),
            ("付款", "首次交易款到发货，年度合同客户月结 45 天"),
        ),
    ),
)

LOG: tuple[Sheet, ...] = (
    (
        "Log 2024",
        (
            ("Date", "Work order", "Machine", "Work done", "Hours", "Technician group"),
            (date(2024, 1, 9), "WO-1001", "Lathe CK-03", "Spindle belt replaced", 3.5, "Mechanics A"),
            (date(2024, 1, 23), "WO-1004", "Furnace F-2", "Thermocouple replaced and checked at 950 degrees", 2, "Electrics"),
            (date(2024, 2, 6), "WO-1009", "Overhead crane OC-1", "Annual rope inspection, no finding", 4, "Inspection"),
            (date(2024, 2, 20), "WO-1013", "Compressor AC-5", "Oil and oil filter changed", 1.5, "Mechanics B"),
            (date(2024, 3, 5), "WO-1017", "Milling machine MC-11", "Linear guide of the Y axis replaced", 11, "Mechanics A"),
            (date(2024, 3, 19), "WO-1022", "Paint booth PB-1", "Exhaust filters changed, 24 pieces", 2.5, "Mechanics B"),
            (date(2024, 4, 2), "WO-1026", "Test bench TB-5", "Frequency converter parameters restored", 1, "Electrics"),
            (date(2024, 4, 16), "WO-1030", "Lathe CK-07", "Coolant pump replaced", 2, "Mechanics A"),
            (date(2024, 5, 7), "WO-1038", "Balancing machine BM-2", "Sensor cable repaired after crushing damage", 1.5, "Electrics"),
            (date(2024, 5, 21), "WO-1041", "Compressor AC-6", "Leak at the aftercooler welded", 5, "Mechanics B"),
            (date(2024, 6, 4), "WO-1047", "Overhead crane OC-2", "Limit switch of the hoist replaced", 2, "Electrics"),
            (date(2024, 6, 18), "WO-1052", "Drill press DP-4", "Chuck replaced, run-out 0.02 mm", 1, "Mechanics A"),
            (date(2024, 7, 2), "WO-1058", "Furnace F-1", "Door seal replaced, 6 metres of fibre rope", 6, "Mechanics B"),
            (date(2024, 7, 29), "WO-1066", "Test bench TB-5", "Frequency converter dried and repaired by the maker", 16, "Electrics"),
            (date(2024, 8, 13), "WO-1071", "Lathe CK-07", "Main spindle bearing replaced", 14, "Mechanics A"),
            (date(2024, 8, 27), "WO-1075", "Cooling tower CT-1", "Cleaned and treated against legionella", 8, "Mechanics B"),
            (date(2024, 9, 10), "WO-1080", "Milling machine MC-12", "Tool changer arm adjusted", 3, "Mechanics A"),
            (date(2024, 9, 24), "WO-1086", "Compressor AC-5", "Air end overhauled, next overhaul after 24,000 hours", 20, "Mechanics B"),
            (date(2024, 10, 8), "WO-1091", "Overhead crane OC-1", "Brake lining replaced, both sides", 4.5, "Mechanics A"),
            (date(2024, 10, 22), "WO-1097", "Sand mixer SM-3", "Gearbox oil leak sealed", 3, "Mechanics B"),
            (date(2024, 11, 5), "WO-1102", "Balancing machine BM-2", "Software updated to version 4.8", 1, "Electrics"),
            (date(2024, 11, 19), "WO-1108", "Shot blaster SB-1", "Wear plates replaced, 12 of 16", 9, "Mechanics A"),
        ),
    ),
    (
        "Spare parts used",
        (
            ("Work order", "Part number", "Description", "Quantity", "Cost (yuan)"),
            ("WO-1001", "P-20417", "V-belt set", 1, 320),
            ("WO-1004", "P-30882", "Thermocouple type S", 2, 1840),
            ("WO-1013", "P-11005", "Compressor oil, 20 litres", 2, 960),
            ("WO-1017", "P-40231", "Linear guide 35 mm", 1, 7650),
            ("WO-1022", "P-50114", "Exhaust filter mat", 24, 1128),
            ("WO-1030", "P-20660", "Coolant pump 0.37 kW", 1, 1490),
            ("WO-1047", "P-31290", "Limit switch IP67", 1, 415),
            ("WO-1058", "P-50377", "Ceramic fibre rope", 6, 702),
            ("WO-1071", "P-20901", "Spindle bearing pair", 1, 12300),
            ("WO-1086", "P-11052", "Air end repair kit", 1, 18600),
            ("WO-1091", "P-20733", "Brake lining", 2, 1260),
            ("WO-1108", "P-50420", "Wear plate manganese steel", 12, 5880),
        ),
    ),
    (
        "Calibration",
        (
            ("Instrument", "Serial number", "Last calibration", "Next calibration", "Certificate"),
            ("Pressure gauge 0 to 25 bar", "PG-0417", date(2024, 3, 12), date(2025, 3, 12), "CAL-24-0311"),
            ("Flow meter DN100", "FM-0022", date(2024, 4, 18), date(2025, 4, 18), "CAL-24-0467"),
            ("Torque wrench 200 Nm", "TW-0105", date(2024, 6, 25), date(2024, 12, 25), "CAL-24-0790"),
            ("Vibration meter", "VM-0009", date(2024, 8, 30), date(2025, 8, 30), "CAL-24-1033"),
            ("Multimeter", "MM-0061", date(2024, 9, 17), date(2025, 9, 17), "CAL-24-1120"),
            ("Micrometer 0 to 25 mm", "MI-0250", date(2024, 10, 10), date(2025, 4, 10), "CAL-24-1204"),
        ),
    ),
)


def workbook(title: str, sheets: Sequence[Sheet]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    book.properties.title = title
    book.properties.creator = AUTHOR
    book.properties.created = FIXED
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="DDE6F0")
        for column in "ABCDEF":
            sheet.column_dimensions[column].width = 22
        sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def make() -> None:
    write_zip_document(DOCS / "factory/价格表-2025.xlsx", workbook("2025年产品价格表", PRICES))
    write_zip_document(
        DOCS / "factory/maintenance-log-2024.xlsx", workbook("Maintenance log 2024", LOG)
    )
