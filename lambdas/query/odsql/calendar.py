"""Names of months and days in the languages of the API, in full and short."""

from collections.abc import Mapping

Names = tuple[str, ...]

MONTHS: Mapping[str, tuple[Names, Names]] = {
    "en": (
        tuple(
            (
                "January February March April May June "
                "July August September October November December"
            ).split()
        ),
        tuple("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()),
    ),
    "fr": (
        tuple(
            (
                "janvier février mars avril mai juin "
                "juillet août septembre octobre novembre décembre"
            ).split()
        ),
        tuple("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()),
    ),
    "nl": (
        tuple(
            (
                "januari februari maart april mei juni "
                "juli augustus september oktober november december"
            ).split()
        ),
        tuple("jan feb mrt apr mei jun jul aug sep okt nov dec".split()),
    ),
    "pt": (
        tuple(
            (
                "janeiro fevereiro março abril maio junho "
                "julho agosto setembro outubro novembro dezembro"
            ).split()
        ),
        tuple("jan fev mar abr mai jun jul ago set out nov dez".split()),
    ),
    "it": (
        tuple(
            (
                "gennaio febbraio marzo aprile maggio giugno "
                "luglio agosto settembre ottobre novembre dicembre"
            ).split()
        ),
        tuple("gen feb mar apr mag giu lug ago set ott nov dic".split()),
    ),
    "ar": (
        tuple("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split()),
        tuple("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split()),
    ),
    "de": (
        tuple(
            (
                "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
            ).split()
        ),
        tuple("Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez".split()),
    ),
    "es": (
        tuple(
            (
                "enero febrero marzo abril mayo junio "
                "julio agosto septiembre octubre noviembre diciembre"
            ).split()
        ),
        tuple("ene feb mar abr may jun jul ago sept oct nov dic".split()),
    ),
    "ca": (
        tuple(
            (
                "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre"
            ).split()
        ),
        tuple("gen. febr. març abr. maig juny jul. ag. set. oct. nov. des.".split()),
    ),
    "eu": (
        tuple(
            (
                "urtarrila otsaila martxoa apirila maiatza ekaina "
                "uztaila abuztua iraila urria azaroa abendua"
            ).split()
        ),
        tuple("urt. ots. mar. api. mai. eka. uzt. abu. ira. urr. aza. abe.".split()),
    ),
    "sv": (
        tuple(
            (
                "januari februari mars april maj juni "
                "juli augusti september oktober november december"
            ).split()
        ),
        tuple("jan feb mars apr maj juni juli aug sep okt nov dec".split()),
    ),
}
"""By language: in full, short; January first."""

DAYS: Mapping[str, tuple[Names, Names]] = {
    "en": (
        tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()),
        tuple("Mon Tue Wed Thu Fri Sat Sun".split()),
    ),
    "fr": (
        tuple("lundi mardi mercredi jeudi vendredi samedi dimanche".split()),
        tuple("lun. mar. mer. jeu. ven. sam. dim.".split()),
    ),
    "nl": (
        tuple("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split()),
        tuple("ma di wo do vr za zo".split()),
    ),
    "pt": (
        tuple(
            (
                "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo"
            ).split()
        ),
        tuple("seg ter qua qui sex sáb dom".split()),
    ),
    "it": (
        tuple("lunedì martedì mercoledì giovedì venerdì sabato domenica".split()),
        tuple("lun mar mer gio ven sab dom".split()),
    ),
    "ar": (
        tuple("الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد".split()),
        tuple("الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد".split()),
    ),
    "de": (
        tuple("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split()),
        tuple("Mo Di Mi Do Fr Sa So".split()),
    ),
    "es": (
        tuple("lunes martes miércoles jueves viernes sábado domingo".split()),
        tuple("lun mar mié jue vie sáb dom".split()),
    ),
    "ca": (
        tuple("dilluns dimarts dimecres dijous divendres dissabte diumenge".split()),
        tuple("dl. dt. dc. dj. dv. ds. dg.".split()),
    ),
    "eu": (
        tuple("astelehena asteartea asteazkena osteguna ostirala larunbata igandea".split()),
        tuple("al. ar. az. og. or. lr. ig.".split()),
    ),
    "sv": (
        tuple("måndag tisdag onsdag torsdag fredag lördag söndag".split()),
        tuple("mån tis ons tors fre lör sön".split()),
    ),
}
"""By language: in full, short; Monday first."""
