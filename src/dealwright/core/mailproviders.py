"""Mail providers: domains at which an address says nothing about where somebody works."""

from typing import Final

_LARGE: Final = """
    163.com 126.com aol.com att.net bigpond.com bluewin.ch btinternet.com comcast.net cox.net
    duck.com earthlink.net fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de
    gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr
    hotmail.it icloud.com inbox.ru interia.pl laposte.net libero.it live.co.uk live.com live.nl
    mac.com mail.com mail.ee mail.ru me.com msn.com naver.com o2.pl online.de orange.fr outlook.com
    outlook.de outlook.fr pm.me proton.me protonmail.com qq.com rediffmail.com sbcglobal.net
    seznam.cz sfr.fr sky.com t-online.de telia.com tiscali.it tuta.com tutanota.com uol.com.br
    verizon.net virgilio.it wanadoo.fr web.de wp.pl yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com
    yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru ymail.com zoho.com
"""

#: Of the large ones; a company's domain is never here.
PUBLIC_DOMAINS: Final = frozenset(_LARGE.split())
