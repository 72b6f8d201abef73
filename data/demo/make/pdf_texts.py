"""The text of the two PDF files; the marks are those of pdf_files.flowables."""

MANUAL = """\
# X200 Heavy-Duty Centrifugal Pump
Operating and Maintenance Manual. Document QM-X200-EN, edition 4, January 2024. Qichuan Fluid Machinery.
## 1 About this manual
This manual applies to the pumps X200-40, X200-65 and X200-80. Read it before you install the pump and keep it near the pump. Work on the electrical connection is done by qualified electricians only. The manufacturer is not liable for damage that is caused by disregarding this manual.
The pump is meant for clean or slightly dirty water without long fibres. Solids may be up to 3 mm in diameter and up to 0.5 percent of the volume. The pump must not be used for drinking water, food, fuel or in explosive atmospheres.
## 2 Technical data
| Property | X200-40 | X200-65 | X200-80 |
| Rated flow (m3/h) | 25 | 60 | 110 |
| Rated head (m) | 32 | 38 | 45 |
| Motor power (kW) | 4.0 | 11 | 22 |
| Speed (1/min) | 2,900 | 2,950 | 2,960 |
| Rated current at 400 V (A) | 7.8 | 20.5 | 39.6 |
| Required NPSH (m) | 2.1 | 2.8 | 3.6 |
| Maximum pressure (bar) | 10 | 16 | 16 |
| Suction flange | DN 65 | DN 80 | DN 100 |
| Discharge flange | DN 40 | DN 65 | DN 80 |
| Weight with motor (kg) | 96 | 187 | 312 |
| Oil fill (litres) | 0.4 | 0.7 | 1.2 |
The temperature of the liquid may be from -10 to 105 degrees Celsius, the ambient temperature at most 40 degrees Celsius. Above an altitude of 1,000 m the motor power is reduced by 1 percent for every 100 m. The motor has the protection class IP 55 and insulation class F.
## 3 Transport and storage
Lift the pump at the two eye bolts of the base frame, never at the motor. The angle between the slings must not exceed 60 degrees. A pump that is stored for more than 3 months is turned by hand once a month. The flanges stay closed with the yellow caps until installation. The storage room is dry and free of vibration; preservation oil lasts for 12 months.
## 4 Installation
### 4.1 Foundation
The foundation has at least 1.5 times the mass of the pump set. Let the concrete harden for 28 days before the pump is put on it. Level the base frame to 0.2 mm per metre. Grout it, wait for 48 hours and tighten the anchor bolts.
### 4.2 Piping
The straight run in front of the suction flange is at least 5 pipe diameters long. The suction pipe rises towards the pump by 1 percent, so that no air collects. Pipes are supported close to the pump; the flanges must not carry their weight. A strainer with a mesh of 2 mm protects the pump during the first 100 hours.
### 4.3 Alignment
Align the coupling after the pipes have been connected. The radial offset must be below 0.05 mm and the gap must be 3 mm to 5 mm. Check the alignment again at operating temperature.
### 4.4 Tightening torques
| Bolt | Thread | Torque (Nm) |
| Casing cover | M12 | 75 |
| Bearing housing | M10 | 42 |
| Impeller nut, X200-40 | M16 | 90 |
| Impeller nut, X200-65 | M20 | 165 |
| Impeller nut, X200-80 | M24 | 240 |
| Anchor bolts | M16 | 120 |
## 5 Starting and stopping
Before the first start:
- Fill the pump and the suction pipe completely and let the air out at the vent screw.
- Check the oil level in the sight glass. It must stand in the middle.
- Check the direction of rotation with a start of one second. Seen from the motor it is clockwise.
- Close the discharge valve.
Start the motor and open the discharge valve slowly within 30 seconds. The pump must not run against the closed valve for more than 2 minutes. The motor may be started at most 12 times per hour for the X200-40, and at most 6 times per hour for the X200-65 and X200-80.
To stop, close the discharge valve, switch off the motor and see that the pump runs down smoothly. If there is danger of frost, drain the pump at the plug G 1/2.
## 6 Maintenance
| Interval | Work |
| Weekly | Check oil level, seal and noise; clean the strainer |
| Every 500 hours | Grease the motor bearings with 15 g each |
| First 300 hours | First oil change |
| Every 4,000 hours | Oil change with oil of the class ISO VG 46 |
| Every 8,000 hours | Replace the mechanical seal and check the wear ring |
| Every 16,000 hours | Replace the bearings and the coupling elements |
Dripping of the mechanical seal of up to 3 drops per hour is normal. The clearance at the wear ring is 0.30 mm when new; the ring is replaced when the clearance reaches 0.90 mm. The bearing temperature must not exceed 75 degrees Celsius. The vibration velocity must not exceed 4.5 mm/s in operation; stop the pump at 7.1 mm/s.
### 6.1 Replacing the mechanical seal
- Lock the main switch and hang up the warning sign.
- Close both valves and drain the pump.
- Remove the coupling spacer, the casing cover and the impeller nut. The nut has a left-hand thread.
- Pull the impeller with the tool PT-20 and take out the old seal.
- Clean the shaft with alcohol. Do not touch the faces of the new seal.
- Push on the new seal with soapy water, not with grease.
- Assemble in the reverse order and use new O-rings.
A trained fitter needs about 3.5 hours for this work.
## 7 Faults
The control cabinet QCK shows the faults as a code. Press the key RESET for 3 seconds after the cause has been removed.
| Code | Meaning | What to do |
| E01 | Overcurrent of the motor | Check for blocked impeller; measure the current of all phases |
| E02 | Phase missing | Check fuses and terminals |
| E03 | Motor temperature above 140 degrees | Let it cool for 45 minutes; clean the fan |
| E04 | Bearing temperature above 85 degrees | Check oil level and alignment |
| E05 | Low suction pressure, below 0.3 bar | Clean the strainer; open the suction valve |
| E06 | Discharge pressure too high | Open the discharge valve; check the sensor |
| E07 | Dry running for more than 20 seconds | Fill the pump; let the air out |
| E08 | Leakage sensor wet | Replace the mechanical seal |
| E09 | No communication with the second pump | Check the bus cable and the terminating resistor of 120 ohm |
| E10 | Memory error | Replace the controller battery, type CR2450 |
## 8 Spare parts
Order spare parts with the serial number, which is stamped on the name plate and on the suction flange. Recommended stock for two years of operation: one seal kit (SK-2040, SK-2065 or SK-2080), one set of O-rings OR-0190, two bearings and one coupling element CP-3500. Seal kits keep for 5 years in the closed bag.
## 9 Disposal
Drain the oil and hand it in at a collection point. Casing and impeller are cast iron EN-GJL-250 and stainless steel 1.4408; they are recycled. Electronic parts of the control cabinet are collected separately.
## 10 Warranty
The warranty lasts 18 months from delivery, unless a contract says otherwise. It ends when the pump is opened by persons who were not trained by the manufacturer, or when other than original seals are used.
"""

RULES = """\
# 临溪市政务数据分类分级管理办法
发文字号：临数发〔2024〕12号
发布日期：2024年4月8日
施行日期：2024年7月1日
## 第一章 总则
第一条 为规范政务数据的分类分级，保障数据安全，促进数据共享，制定本办法。
第二条 本市各级行政机关和受委托行使公共管理职能的组织（以下称数据单位）在履行职责中产生、采集的数据，适用本办法。涉及国家秘密的数据，按照保密法律执行，不适用本办法。
第三条 市数据管理局负责统筹全市数据分类分级工作，建立统一的数据目录。数据单位的主要负责人是本单位数据安全的第一责任人，并应指定一名数据管理员。
## 第二章 分类
第四条 政务数据按照内容分为六类：人口、法人、空间地理、电子证照、公共信用、城市运行。一项数据可以属于多个类别，但只能有一个主类别。
第五条 数据单位应当在新系统上线前 30 日内完成分类，并将结果登记到数据目录。已经运行的系统，应当在 2025年6月30日前完成分类。
## 第三章 分级
第六条 政务数据根据泄露或者损毁后的危害程度，由低到高分为四级。各级的标识、保护要求和保存期限见下表。
| 级别 | 标识颜色 | 存储要求 | 访问审批人 | 最短保存期限 |
| 一级（公开） | 绿色 | 可存放在互联网区 | 无须审批 | 1年 |
| 二级（内部） | 蓝色 | 存放在政务外网 | 处室负责人 | 3年 |
| 三级（敏感） | 橙色 | 加密存放，每日备份 | 单位分管负责人 | 10年 |
| 四级（核心） | 红色 | 专用机房，双人管理 | 单位主要负责人 | 30年 |
第七条 含有个人身份证件号码、银行账号、生物特征、健康信息的数据，不得低于三级。汇总后超过 10 万人的个人信息，应当定为四级。
第八条 定级由数据单位提出，报市数据管理局审核。市数据管理局应当自收到材料之日起 20 个工作日内作出答复，逾期不答复的视为同意。
第九条 有下列情形之一的，应当重新定级：
- 数据的内容、规模或者用途发生重大变化；
- 数据经过脱敏处理，不能再识别到个人；
- 法律法规对该数据提出新的要求；
- 上一次定级已满 3 年。
## 第四章 使用与共享
第十条 一级数据应当主动开放，更新周期不超过 90 日。二级数据在政务外网内无条件共享。三级数据有条件共享，申请单位须说明用途、范围和期限，提供单位应当在 7 个工作日内答复。四级数据不予共享，确有需要的，以“数据不出域”的方式提供计算结果。
第十一条 使用三级以上数据的，应当记录访问日志，内容包括访问人、时间、对象和操作。日志保存不少于 5 年，任何人不得修改。
第十二条 向大模型等智能系统提供政务数据的，系统应当部署在本单位或者市政务云的机房内，不得连接互联网；三级数据须先脱敏，四级数据一律不得使用。使用前应当通过市数据管理局组织的安全评估，评估结论有效期为 1 年。
第十三条 委托外部单位处理数据的，应当签订保密协议，并在委托结束后 15 日内收回或者监督销毁全部数据，形成销毁记录。
## 第五章 安全与应急
第十四条 三级以上数据的存储设备报废时，应当使用消磁或者物理粉碎的方式销毁，由两人以上在场并录像，录像保存 2 年。
第十五条 发生数据泄露事件的，数据单位应当在 1 小时内电话报告市数据管理局，24 小时内提交书面报告。事件分级见下表。
| 事件级别 | 涉及记录条数 | 响应时限 | 牵头单位 |
| 一般 | 1000 条以下 | 4 小时 | 数据单位 |
| 较大 | 1000 条至 10 万条 | 2 小时 | 数据单位上级部门 |
| 重大 | 10 万条至 100 万条 | 1 小时 | 市数据管理局 |
| 特别重大 | 100 万条以上 | 30 分钟 | 市人民政府 |
第十六条 数据单位每年至少组织一次应急演练，每两年至少组织一次第三方安全检测。检测发现的高危漏洞应当在 10 日内修复。
第十七条 数据管理员每年接受不少于 40 学时的培训，考核不合格的，应当在 3 个月内补考；补考仍不合格的，调离岗位。
## 第六章 监督与责任
第十八条 市数据管理局每年第四季度对数据单位进行检查，检查结果分为优秀、合格、不合格三档，并占单位年度绩效考核的 5 分。连续两年不合格的，对主要负责人进行约谈。
第十九条 违反本办法，未按时完成分类定级的，责令限期改正；擅自共享三级以上数据的，对直接责任人给予处分；造成严重后果的，依法追究责任。
第二十条 数据单位的工作人员主动发现并报告重大安全隐患的，可以给予 2000 元至 10000 元的奖励。
## 第七章 附则
第二十一条 本办法由市数据管理局负责解释。
第二十二条 本办法自 2024年7月1日起施行，有效期 5 年。《临溪市政务数据管理暂行规定》（临数发〔2019〕3号）同时废止。
"""
