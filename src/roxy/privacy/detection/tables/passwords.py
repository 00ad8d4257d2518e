"""The words for passwords and codes, by language: as keys, and as sentences say them. Rows only.

Accents and case do not count in keys (see `meanings`). In sentences a word stands as people write it, with the endings
that say whose it is.
"""

KEYS: tuple[tuple[str, str], ...] = (
    (
        "PASSWORD",
        """
        mot de passe | motdepasse | mdp | code d acces | contrasena | contrasenya | contrasinal | clave de acceso |
        clave secreta | palabra de paso | senha | palavra passe | wachtwoord | wagwoord | haslo | losenord |
        salasana | adgangskode | kodeord | passord | lykilord | parola d ordine | codice segreto | parola | heslo |
        jelszo | sifre | lozinka | zaporka | geslo | slaptazodis | parool | salasona | mat khau | kata sandi |
        katasandi | fjalekalimi | pasahitza | cyfrinair | nenosiri | geheimwort |
        пароль | пароли | парола | лозинка | құпиясөз | κωδικός πρόσβασης | συνθηματικό | סיסמה | סיסמא |
        كلمة المرور | كلمة السر | كلمه المرور | رمز عبور | گذرواژه | پسورد | पासवर्ड | পাসওয়ার্ড | รหัสผ่าน |
        パスワード | パスワ ド |
        暗号鍵 | 비밀번호 | 암호 | 密码 | 密碼 | 口令 | գաղտնաբառ | პაროლი |
        ~passwort | ~kennwort | ~wachtwoord | ~losenord | ~salasana | ~motdepasse | ~contrasena |
        ~password$ | ~passwd$ | ~passphrase$ | ~passwort$ | bindpw | rootpw | requirepass | masterauth | storepass
        """,
    ),
    (
        "PASS",
        "pass | pw | clave | parole | parol | segreto | secreto | κωδικός | salt | pepper",
    ),
    (
        "PIN",
        """
        暗証番号 | 验证码 | 驗證碼 | 認証コード | 確認コード | 認証コ ド | 確認コ ド | 인증번호 |
        код подтверждения | код доступа | пин код | пин |
        codigo de verificacion | codigo de acceso | codigo de seguridad | codigo pin | code pin | code secret |
        code de verification | code de securite | codice di verifica | codice pin | codice di sicurezza |
        verificatiecode | toegangscode | pincode | kod pin | kod weryfikacyjny | kod dostepu | puk | puk code |
        passcode | ~zugangscode | ~turcode | ~bestatigungscode | ~sicherheitscode | ~freischaltcode | tan code
        """,
    ),
    (
        "KEY",
        """
        jeton | jeton d acces | token de acceso | zugriffstoken | zugangstoken | toegangstoken | токен | ключ api |
        密钥 | 密鑰 | 令牌 | トークン | 토큰 |
        cle secrete | cle privee | clave privada | chiave segreta | chiave privata |
        geheimer schlussel | ~identitytoken | ~registrytoken | ~secretkey | ~privatekey | ~schlussel$ | ~webhooksecret
        """,
    ),
)

LATIN = (
    r"pass(?:word|phrase|\s?code|wort)|pwd|kennwort|zugangskennung|mot\sde\spasse|code\sd['\u2019]acc[e\u00e8]s"
    r"|contrase(?:[\u00f1n]a|nya)|palabra\sde\spaso|clave\s(?:de\sacceso|del?\s(?:wi-?fi|router|correo|banco))|senha"
    r"|palavra[\s-]passe|wachtwoord|has[\u0142l](?:o|em|a)|l[\u00f6o]senord(?:et)?|salasana(?:ni|si|mme)?"
    r"|adgangskoden?|kodeord|passord(?:et)?|lykilor[\u00f0d]i?[\u00f0d]?|parola\sd['\u2019]ordine|codice\ssegreto"
    r"|heslo|jelsz(?:\u00f3|av(?:am|a|unk))|parola(?:m|n[\u0131i]z|s[\u0131i])?|[s\u015f]ifre(?:m|niz|si|miz)?|lozinka"
    r"|zaporka|geslo|slapta\u017eod(?:is|\u017ei)|parool|m\u1eadt\skh\u1ea9u|kata\ssandi"
    r"|\u043f\u0430\u0440\u043e\u043b(?:\u044c|\u044f|\u0430)|\u03ba\u03c9\u03b4\u03b9\u03ba\u03cc\u03c2"
    r"|wi-?fi\s(?:key|password)|login\scode"
)
"""For a verbose or a plain pattern: no spaces of their own."""
LATIN_NEEDS = (
    "pass", "pw", "pin", "login", "wifi", "wi-fi", "kennw", "kennu", "d'acces", "d\u2019acces", "acc\u00e8s",
    "contrase", "paso", "clave", "senha",
    "wachtwoord", "has\u0142", "hasl", "l\u00f6senord", "losenord", "adgangskode", "kodeord", "salasana", "lykilor",
    "ordine", "segreto", "heslo", "jelsz", "parola", "ifre", "lozinka", "zaporka", "geslo", "slapta", "parool",
    "kh\u1ea9u", "sandi", "\u043f\u0430\u0440\u043e\u043b", "\u03ba\u03c9\u03b4\u03b9\u03ba\u03cc\u03c2",
)  # fmt: skip
"""One of these stands in each of them, in small letters."""
OTHERS = (
    "\u5bc6\u7801", "\u5bc6\u78bc", "\u53e3\u4ee4", "\u30d1\u30b9\u30ef-\u30c9", "\u6697\u8a3c\u756a\u53f7",
    "\u9a8c\u8bc1\u7801", "\u9a57\u8b49\u78bc", "\u8a8d\u8a3c\u30b3-\u30c9", "\u78ba\u8a8d\u30b3-\u30c9",
    "\ube44\ubc00\ubc88\ud638", "\uc554\ud638", "\uc778\uc99d\ubc88\ud638",
    "\u0e23\u0e2b\u0e31\u0e2a\u0e1c\u0e48\u0e32\u0e19", "\u092a\u093e\u0938\u0935\u0930\u094d\u0921",
    "\u0643\u0644\u0645\u0629 \u0627\u0644\u0645\u0631\u0648\u0631",
    "\u0643\u0644\u0645\u0629 \u0627\u0644\u0633\u0631",
    "\u0631\u0645\u0632 \u0627\u0644\u062a\u062d\u0642\u0642", "\u0631\u0645\u0632 \u0639\u0628\u0648\u0631",
    "\u05e1\u05d9\u05e1\u05de\u05d4", "\u05e1\u05d9\u05e1\u05de\u05d0", "\u05e1\u05d9\u05e1\u05de\u05ea",
    "\u043a\u043e\u0434 \u043f\u043e\u0434\u0442\u0432\u0435\u0440\u0436\u0434\u0435\u043d\u0438\u044f",
    "\u043a\u043e\u0434 \u0434\u043e\u0441\u0442\u0443\u043f\u0430", "\u043f\u0438\u043d-\u043a\u043e\u0434",
)  # fmt: skip
"""Words for passwords and codes in scripts that have no words in ASCII letters: what is in such is the value.

In plain spelling, which makes a hyphen of the mark for a long vowel.
"""
