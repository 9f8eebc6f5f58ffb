"""Names of months and days in the languages of the API, in full and short."""

from collections.abc import Iterable, Mapping

Names = tuple[str, ...]


def _by_language(rows: Iterable[tuple[str, str, str]]) -> Mapping[str, tuple[Names, Names]]:
    return {language: (tuple(full.split()), tuple(short.split())) for language, full, short in rows}


MONTHS = _by_language(
    (
        (
            "en",
            "January February March April May June July August September October November December",
            "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        ),
        (
            "fr",
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        ),
        (
            "nl",
            (
                "januari februari maart april mei juni "
                "juli augustus september oktober november december"
            ),
            "jan feb mrt apr mei jun jul aug sep okt nov dec",
        ),
        (
            "pt",
            (
                "janeiro fevereiro março abril maio junho "
                "julho agosto setembro outubro novembro dezembro"
            ),
            "jan fev mar abr mai jun jul ago set out nov dez",
        ),
        (
            "it",
            (
                "gennaio febbraio marzo aprile maggio giugno "
                "luglio agosto settembre ottobre novembre dicembre"
            ),
            "gen feb mar apr mag giu lug ago set ott nov dic",
        ),
        (
            "ar",
            "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
            "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        ),
        (
            "de",
            "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
            "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
        ),
        (
            "es",
            (
                "enero febrero marzo abril mayo junio "
                "julio agosto septiembre octubre noviembre diciembre"
            ),
            "ene feb mar abr may jun jul ago sept oct nov dic",
        ),
        (
            "ca",
            "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
            "gen. febr. març abr. maig juny jul. ag. set. oct. nov. des.",
        ),
        (
            "eu",
            (
                "urtarrila otsaila martxoa apirila maiatza ekaina "
                "uztaila abuztua iraila urria azaroa abendua"
            ),
            "urt. ots. mar. api. mai. eka. uzt. abu. ira. urr. aza. abe.",
        ),
        (
            "sv",
            "januari februari mars april maj juni juli augusti september oktober november december",
            "jan feb mars apr maj juni juli aug sep okt nov dec",
        ),
    )
)
"""By language: in full and short, January first."""

DAYS = _by_language(
    (
        (
            "en",
            "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
            "Mon Tue Wed Thu Fri Sat Sun",
        ),
        (
            "fr",
            "lundi mardi mercredi jeudi vendredi samedi dimanche",
            "lun. mar. mer. jeu. ven. sam. dim.",
        ),
        (
            "nl",
            "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
            "ma di wo do vr za zo",
        ),
        (
            "pt",
            "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
            "seg ter qua qui sex sáb dom",
        ),
        (
            "it",
            "lunedì martedì mercoledì giovedì venerdì sabato domenica",
            "lun mar mer gio ven sab dom",
        ),
        (
            "ar",
            "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
            "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
        ),
        (
            "de",
            "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
            "Mo Di Mi Do Fr Sa So",
        ),
        (
            "es",
            "lunes martes miércoles jueves viernes sábado domingo",
            "lun mar mié jue vie sáb dom",
        ),
        (
            "ca",
            "dilluns dimarts dimecres dijous divendres dissabte diumenge",
            "dl. dt. dc. dj. dv. ds. dg.",
        ),
        (
            "eu",
            "astelehena asteartea asteazkena osteguna ostirala larunbata igandea",
            "al. ar. az. og. or. lr. ig.",
        ),
        (
            "sv",
            "måndag tisdag onsdag torsdag fredag lördag söndag",
            "mån tis ons tors fre lör sön",
        ),
    )
)
"""By language: in full and short, Monday first."""
