"""Two scans without any text layer: a notice as PNG, an acceptance certificate as PDF.

A scan is a rendered page, turned a little and strewn with specks, in a few shades of grey.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from common import AUTHOR, DOCS, FIXED
from pdf_files import FONT_FILE
from PIL import Image, ImageDraw, ImageFont

NOTICE = (
    ("停水通知", 54),
    ("", 20),
    ("各科室、各位患者及家属：", 32),
    ("因住院楼生活水箱清洗消毒，现将停水事宜通知如下。", 32),
    ("一、停水时间：2024年12月3日22:00至12月4日4:30", 32),
    ("二、停水范围：住院楼3层至11层", 32),
    ("三、不停水区域：手术室、血液透析中心、急诊科", 32),
    ("四、热水供应恢复时间：12月4日7:00", 32),
    ("五、请各病区提前储水，每病区领取储水桶6只", 32),
    ("六、领取地点：后勤楼一层仓库", 32),
    ("恢复供水后请先放水3分钟，水清后再使用。", 32),
    ("如有疑问，请拨打后勤服务内线6688。", 32),
    ("", 20),
    ("临溪市第二医院总务科", 32),
    ("2024年11月29日", 32),
)

CERTIFICATE = (
    (
        ("设备验收单", 54),
        ("", 16),
        ("验收单编号：YS-2024-1128", 32),
        ("合同编号：HT-2024-0917", 32),
        ("验收日期：2024年11月28日", 32),
        ("使用单位：临溪市第二医院动力科", 32),
        ("供货单位：启川流体机械有限公司", 32),
        ("一、到货情况", 36),
        ("重型离心泵六台、双泵控制柜四台，于2024年11月12日到货，包装完好。", 32),
        ("二、试运行情况", 36),
        ("试运行自2024年11月24日9:00开始，连续72小时，未发生故障。", 32),
        ("三、实测数据", 36),
        ("平均流量：61.4立方米/小时", 32),
        ("平均扬程：38.6米", 32),
        ("最大振动速度：1.9毫米/秒", 32),
        ("最高轴承温度：58摄氏度", 32),
    ),
    (
        ("四、遗留问题", 36),
        ("1. 三号泵铭牌字迹不清，供货单位应于2024年12月10日前更换。", 32),
        ("2. 控制柜备用钥匙缺两把，已补发。", 32),
        ("五、培训情况", 36),
        ("操作培训共进行两天，参加人员14人，考核全部合格。", 32),
        ("六、验收结论", 36),
        ("验收合格，同意支付第二期价款。", 32),
        ("质量保证期至2026年11月28日止。", 32),
        ("验收组成员：动力科、设备科、财务科、审计科", 32),
        ("本单一式三份，使用单位、供货单位、档案室各存一份。", 32),
    ),
)


def page(lines: Sequence[tuple[str, int]], seed: int) -> Image.Image:
    image = Image.new("L", (1240, 1300), 246)
    draw = ImageDraw.Draw(image)
    y = 110
    for text, size in lines:
        font = ImageFont.truetype(str(FONT_FILE), size)
        if size > 50:
            draw.text(((1240 - draw.textlength(text, font)) / 2, y), text, font=font, fill=25)
        else:
            draw.text((110, y), text, font=font, fill=35)
        y += int(size * 2)
    image = image.rotate(0.4, resample=Image.Resampling.BICUBIC, fillcolor=246)
    noise = random.Random(seed)
    for _ in range(220):
        spot = (noise.randrange(1240), noise.randrange(1300))
        image.putpixel(spot, noise.choice((90, 130, 170)))
    return image.point(lambda value: round(value / 17) * 17)


def make() -> None:
    page(NOTICE, seed=1).save(
        DOCS / "hospital/停水通知-扫描件.png", optimize=True, dpi=(150, 150)
    )
    first, *others = [page(lines, seed=n) for n, lines in enumerate(CERTIFICATE, start=2)]
    stamp = time.struct_time((*FIXED.timetuple()[:8], 0))
    first.save(
        DOCS / "law/设备验收单-扫描件.pdf",
        save_all=True, append_images=others, resolution=150, quality=50,
        title="scan", author=AUTHOR, creationDate=stamp, modDate=stamp,
    )
