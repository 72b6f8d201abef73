"""The text of the contract and of the handbook; the marks are those of word_files.fill."""

CONTRACT = """\
# 设备采购合同
合同编号：HT-2024-0917
签订日期：2024年9月17日
甲方（买方）：临溪市第二医院
乙方（卖方）：启川流体机械有限公司
见证方：澄砚律师事务所
甲乙双方根据有关法律规定，经友好协商，就甲方新建制冷站循环水泵的采购、安装和调试订立本合同，共同遵守。
## 第一条 标的物与价款
乙方向甲方提供下列设备和服务，价格均为含税价，税率 13%，币种为人民币。
| 序号 | 名称 | 型号 | 数量 | 单价（元） | 金额（元） |
| 1 | 重型离心泵 | X200-65 | 6 台 | 48,600 | 291,600 |
| 2 | 双泵控制柜 | QCK-20 | 4 台 | 12,500 | 50,000 |
| 3 | 安装与调试 | — | 1 项 | 18,400 | 18,400 |
合同总价为人民币 360,000 元，大写：叁拾陆万元整。合同履行期内单价不作调整。合同总价已包括包装费、运输费、保险费和操作培训费，甲方不再支付任何其他费用。
## 第二条 付款方式
价款分三期支付，以银行转账方式付至乙方指定账户。
| 期次 | 付款条件 | 比例 | 金额（元） |
| 第一期 | 合同签订后 10 个工作日内 | 30% | 108,000 |
| 第二期 | 全部设备到货并验收合格后 15 个工作日内 | 60% | 216,000 |
| 第三期 | 质量保证期满且无遗留问题后 30 日内 | 10% | 36,000 |
乙方应在每期付款前 5 个工作日向甲方开具等额的增值税专用发票。乙方迟延开票的，甲方付款期限相应顺延，不承担逾期责任。
## 第三条 交货
乙方应于 2024年11月15日以前将全部设备运至甲方院内制冷站。卸货由乙方负责，甲方提供卸货场地和照明。货物毁损、灭失的风险自双方签署到货单时起转移给甲方。
每台水泵应附带下列文件：出厂合格证、性能试验报告、安装使用说明书、易损件清单。文件不齐的，视为未交付。
## 第四条 安装、调试与验收
乙方应在到货后 12 日内完成安装与调试。调试合格后，设备连续试运行 72 小时无故障，双方签署验收单。
验收的主要指标如下：
| 指标 | 要求 |
| 额定流量 | 不低于 60 立方米/小时 |
| 额定扬程 | 不低于 38 米 |
| 振动速度 | 不超过 2.8 毫米/秒 |
| 轴承温度 | 不超过 75 摄氏度 |
| 密封泄漏 | 每小时不超过 3 滴 |
第一次验收不合格的，乙方应在 7 日内整改并申请复验；复验仍不合格的，甲方有权退货，乙方应退还已付全部价款。
## 第五条 质量保证
质量保证期为 24 个月，自验收单签署之日起计算。质量保证期内，乙方免费更换有缺陷的零部件；乙方接到甲方通知后应在 4 小时内答复，24 小时内派人到场。同一部件更换两次仍有缺陷的，甲方有权要求更换整机。更换后的整机重新计算质量保证期。
机械密封、O 形圈等易损件的质量保证期为 12 个月。因甲方违反操作规程造成的损坏不在免费范围之内，乙方按成本价收取费用。
## 第六条 违约责任
乙方迟延交货的，每迟延一日，应向甲方支付合同总价 0.05% 的违约金，违约金累计不超过合同总价的 5%。迟延超过 45 日的，甲方有权解除合同。
甲方迟延付款的，每迟延一日，应向乙方支付迟延金额 0.03% 的违约金。
一方泄露在履行合同中知悉的对方商业秘密的，应支付违约金 50,000 元；造成的损失超过该数额的，应当补足。
## 第七条 保密与数据
双方对合同内容负有保密义务，期限为合同终止后 3 年。控制柜如具有远程监测功能，数据只能存放在甲方的服务器上；未经甲方书面同意，乙方不得远程登录。
## 第八条 不可抗力
因地震、洪水、战争等不可抗力不能履行合同的，受影响的一方应在 48 小时内通知对方，并在 15 日内提供证明。不可抗力持续超过 60 日的，双方均可解除合同，互不承担责任。
## 第九条 争议解决
因本合同发生的争议，双方应先行协商；协商不成的，提交临溪仲裁委员会仲裁。仲裁裁决是终局的，对双方均有约束力。仲裁期间，不涉及争议的条款应继续履行。
## 第十条 其他
本合同一式五份，甲方执三份，乙方执一份，见证方执一份，具有同等效力。合同自双方盖章之日起生效。对合同的修改须采用书面形式。附件一《技术规格书》、附件二《培训计划》是合同的组成部分；附件与正文不一致的，以正文为准。
"""

HANDBOOK = """\
# Employee Handbook
Qichuan Fluid Machinery, edition 2024. This handbook applies to all employees in the office and in the workshops. Where a collective agreement says something else, the agreement prevails.
## 1 Joining the company
The probation period is three months for workshop staff and six months for office staff. During probation either side may end the contract with a notice of 7 days. After probation the notice period is 30 days; after ten years of service it is 60 days.
On the first day every new employee receives a badge, a safety briefing of two hours and a mentor. The badge costs 40 yuan if it is lost. The mentor is released from other work for three hours per week during the first month.
## 2 Working time
The regular week has 40 hours. Office staff work flexible hours; everybody is present between 10:00 and 15:00. Workshop staff work in shifts:
| Shift | Begin | End | Break | Supplement |
| Early | 06:00 | 14:00 | 30 minutes | none |
| Late | 14:00 | 22:00 | 30 minutes | 8 percent |
| Night | 22:00 | 06:00 | 45 minutes | 25 percent |
Overtime is ordered in writing by the head of department, at most 36 hours per month. It is paid at 150 percent on working days, 200 percent on weekends and 300 percent on public holidays. Office staff may take time off instead, within six months.
## 3 Leave
Annual leave depends on the years of service.
| Years of service | Days of annual leave |
| less than 1 | 5 |
| 1 to 9 | 10 |
| 10 to 19 | 15 |
| 20 and more | 20 |
Up to five days may be carried over and must be taken by 31 March of the next year. Leave of more than three days is requested four weeks ahead. Other leave with full pay: marriage, 10 days; death of a close relative, 4 days; moving house, 1 day; blood donation, the same day.
Sick leave is reported by 09:00 of the first day. A doctor's note is required from the third day on. Sick pay is 100 percent for the first 20 days of a calendar year and 80 percent after that.
## 4 Pay
Salaries are paid on the 15th of each month for the month before. If the 15th is a holiday, they are paid on the last working day before it. Errors are reported to the payroll office within 60 days. Advances on salary are granted once a year, up to half a month's pay.
The length-of-service bonus is 1,000 yuan after 5 years, 3,000 yuan after 10 years and 8,000 yuan after 20 years. An idea that is put into practice is rewarded with 10 percent of the savings of the first year, at most 50,000 yuan.
## 5 Health and safety
Safety shoes, ear protection and glasses are compulsory in all workshops. Shoes are replaced every 12 months, or earlier when damaged. Ear protection is required where the noise level sign is yellow. Hearing is tested every two years.
Accidents are reported to the shift leader at once and to the safety department within 24 hours, near misses within three days. First-aid boxes are green and hang at every second pillar; the defibrillator hangs beside the gate of workshop 1. Assembly points in case of fire: the bicycle park for workshops 1 and 2, the north lawn for the offices.
## 6 Information and devices
Passwords have at least 14 characters and are never shared. Company laptops are locked when left alone. Private USB sticks are not connected to company machines. Drawings leave the company only with a release form, QF-DR-11, signed by the head of design. A lost device is reported to the IT service desk within 2 hours, day or night.
Working from home is possible for office staff on up to two days a week after probation. Requests are made for three months at a time.
## 7 Conduct and discipline
Employees treat each other with respect. Harassment may be reported to the ombudsperson, who does not have to tell the company the name of the person who reports.
Measures in order of severity: a talk, a written warning, a fine of up to one day's pay, transfer, dismissal. A written warning is removed from the file after 18 months. Theft, violence, working under the influence of alcohol and intentional false claims may lead to dismissal without notice.
Gifts from suppliers worth more than 200 yuan are handed to the compliance officer and raffled for charity at the end of the year.
## 8 Training
Every employee has a right to 24 hours of training per year. Courses that cost more than 5,000 yuan are subject to an agreement: whoever leaves within two years pays back a part, reduced by one twenty-fourth for each month worked. Crane and forklift licences are renewed every four years at the company's expense.
## 9 Leaving the company
On the last day badge, keys, laptop, tools and protective clothing are handed in, and the clearance sheet is signed by five offices. Unused leave is paid out. A reference letter is issued within 10 working days. Confidentiality continues for two years after leaving.
"""
