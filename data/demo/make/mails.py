"""Two mails: an English one with a quoted-printable body, a Chinese one in base64."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

from common import DOCS

DEADLINE = """\
Dear colleagues,

The court has set the timetable in the matter Linxi Second Hospital v. Baisha Cleaning Services, file number (2024) LX-Civ-0388. Please enter these dates in the docket today:

- Exchange of evidence lists: 6 December 2024
- Deadline for submitting original documents: 13 December 2024, 17:00
- Hearing of witnesses: 8 January 2025, 09:30, courtroom 7
- Closing statements: 22 January 2025

The claim amounts to 1,264,500 yuan. It is made up of 1,100,000 yuan for the flooded basement archive, 112,500 yuan for the drying of files, and 52,000 yuan for the expert opinion.

What still has to be done:

1. The originals of the cleaning schedule for March 2024 are with the hospital's facility management. They will be fetched by courier on 9 December.
2. The expert opinion has 46 pages. The translation of its annex C was ordered on 25 November and will cost 3,400 yuan.
3. Two of the five witness statements are not signed yet. Without a signature they will not be filed.
4. Photographs are handed in on paper and on a read-only disc, each one with the date, the place and the name of the photographer.

The other side has offered a settlement of 640,000 yuan. The client refused it on 21 November and has given us authority to settle at 980,000 yuan or more. This figure is privileged: it must not be mentioned in any letter to the court or to the other side.

Costs so far: 61 hours at the agreed rate of 1,150 yuan per hour, that is 70,150 yuan, plus 9,800 yuan in court fees.

Please confirm receipt by noon tomorrow.

Docket office
Chengyan Law Office
"""

OUTAGE = """\
各车间、各部门：

因 10 千伏二号线路更换电缆，供电公司将于 2024年12月7日（星期六）停电检修，现将有关安排通知如下。

一、停电时间
12月7日 6:00 至 15:30，共 9.5 小时。如遇大雨，顺延至 12月14日同一时间。

二、停电范围
二号车间、铸件库、试验大厅二号厅、三号楼办公区。一号车间和数据机房由一号线路供电，不受影响。

三、各部门须做的准备
1. 二号车间在 12月6日 22:00 以前停机，数控机床按顺序退回零点，关闭总开关。
2. 铸件库的行车停在检修位，吊钩不得悬挂重物。
3. 三号楼办公区下班前关闭全部电脑，冰箱内不得存放食品。
4. 门卫使用应急照明，应急电源可以供电 6 小时，中途由电工更换一次电池。

四、柴油发电机
厂区 400 千瓦柴油发电机只向消防泵和门禁供电。动力组须在 12月5日以前完成空载试机 30 分钟，并加满油箱，油箱容量为 800 升。

五、恢复供电
送电前由动力组逐一检查各配电柜，确认无人作业后方可合闸。恢复供电后，二号车间的设备先空转 20 分钟，再投入生产。

六、加班与调休
因停电不能上班的员工，12月7日按调休处理，并于 12月21日（星期六）补班。动力组当日值班人员按加班计算。

停电期间如有紧急情况，请拨打动力组值班内线 8119。

启川流体机械有限公司 设备动力部
2024年11月28日
"""


def mail(subject: str, sender: str, to: str, date: str, number: str) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = to
    message["Date"] = date
    message["Message-ID"] = f"<{number}@mail.example>"
    return message


def make() -> None:
    deadline = mail(
        "Evidence deadlines in file (2024) LX-Civ-0388",
        "Docket office <docket@chengyan.example>",
        "Litigation team <litigation@chengyan.example>",
        "Wed, 27 Nov 2024 16:05:00 +0800",
        "20241127-0388",
    )
    deadline.set_content(DEADLINE, cte="quoted-printable")
    html = "".join(f"<p>{part}</p>" for part in DEADLINE.strip().split("\n\n"))
    deadline.add_alternative(f"<html><body>{html}</body></html>", subtype="html")
    deadline.set_boundary("=-kb-demo-0388")
    (DOCS / "law/evidence-deadlines.eml").write_bytes(deadline.as_bytes())

    outage = mail(
        "关于12月7日停电检修的通知",
        "设备动力部 <power@qichuan.example>",
        "全体部门 <all@qichuan.example>",
        "Thu, 28 Nov 2024 09:12:00 +0800",
        "20241128-0007",
    )
    outage.set_content(OUTAGE, cte="base64")
    (DOCS / "factory/停电检修通知.eml").write_bytes(outage.as_bytes())
