"""The rows of `meanings` for passports and other papers, dates of birth, and numbers to call."""

ROWS: tuple[tuple[str, str], ...] = (
    (
        "PASSPORT",
        """
        passport | passport number | passport no | passport num | passport id | passport nr | passportnumber |
        travel document | travel document number | travel document no | passnummer | pass nr | reisepass |
        reisepassnummer | pasaporte | numero de pasaporte | passeport | numero de passeport | passaporto |
        numero passaporto | passaporte | paspoort | paspoortnummer | paszport | numer paszportu | passi |
        passinnumero | pasaport | паспорт | 护照 | ~reisepass | ~paspoort | ~passport
        | travel doc | travel doc number | travel doc no | passnr | pas nr | pasnr | pasnummer | passinumero | passin
        numero | nr paszportu | cislo pasu | utlevelszam | pasaport no | pasaport numarasi | номер паспорта | 護照號碼 |
        护照号码 | パスポート番号 | mrz
        """,
    ),
    (
        "DATE_OF_BIRTH",
        """
        dob | d o b | birthdate | birth date | birthday | birth day | bday | date of birth | dateofbirth | born |
        born on | birth | geburtsdatum | geburtstag | geboren | geboren am | date de naissance | naissance | ne le |
        fecha de nacimiento | nacimiento | nacido | data di nascita | nascita | data de nascimento | nascimento |
        geboortedatum | geboren op | fodelsedatum | fodselsdato | fodselsdag | syntymaaika | syntymapaiva |
        data urodzenia | urodziny | datum narozeni | szuletesi datum | data nasterii | dogum tarihi | datum rodenja |
        ημερομηνια γεννησης | дата рождения | дата народження | 出生日期 | 生年月日 | ~geburtsdat | ~geboortedat |
        ~syntyma | ~birthdate | ~fodelsedat
        | geb | gebdat | gebdatum | geb datum | geburt | ddn | date naiss | fec nac | fech nac | fecha nac | f nac |
        nato il | nata il | data nasc | dt nasc | urodzony | urodzona | data ur | fodelsedag | fodd | fodt |
        foedselsdato | foedselsdag | foedt | syntynyt | narozen | narozena | szuletett | szul datum | szul ido |
        родился | родилась | yob
        """,
    ),
    (
        "PHONE_NUMBER",
        """
        phone | phones | phone number | phone numbers | phone no | phone nr | phonenumber | mobile | mobile number |
        mobile no | mobile phone | tel | tel no | telephone | telephone number | telephone no | cell | cell phone |
        cellphone | cell number | fax | fax number | msisdn | whatsapp | whatsapp number | landline | contact number |
        contact no | contact phone | callback number | caller id | caller | callee | calling number | sms number |
        sms to | home phone | work phone | day phone | evening phone | telefon | telefonnummer | telefon nr | handy |
        handynummer | mobil | mobilnummer | mobiltelefon | rufnummer | festnetz | numero de telephone |
        telephone portable | portable | numero de tel | gsm | telefono | telefono movil | movil | celular |
        numero de telefono | numero de movil | cellulare | numero di telefono | recapito telefonico | telefone |
        telemovel | numero de celular | telefoonnummer | telefoon | mobiel | mobiele nummer | telefonnumer |
        numer telefonu | telefon kom | komorka | puhelin | puhelinnumero | matkapuhelin | telefonszam |
        numar de telefon | cep telefonu | telefon numarasi | τηλεφωνο | κινητο | телефон | мобильный | мобілний |
        номер телефона | 电话 | 手机 | 手机号 | 電話 | 電話番号 | 전화번호 | 휴대폰 | emergency phone |
        emergency number | ~telefon | ~handynummer | ~puhelin | ~phonenumber | ~mobilnummer
        | reach me | reach me at | reach me on | call me | call me at | call me on | ring me | number to call | best
        number | work number | home number | recipient number | destination number | caller number | callee number |
        hotline | switchboard | handynr | mobilnr | telefonnr | telefoonnr | tlf | tlfnr | tlf nr | telf | tfno | puh
        | puhnro | kannykka | kontaktnummer | ruckrufnummer | rueckrufnummer | vaste lijn | mobilszam | моб | тел | 携帯
        | 携帯電話 | 手机号码
        """,
    ),
    (
        "DIALLED",
        """
        callback | call to | dial | dial to | sms | text to | from number | to number | office number | ruckruf |
        rueckruf | fixe | fisso | recapito | contacto | contato | nummer att ringa
        """,
    ),
    (
        "DOCUMENT",
        """
        document number | document no | document nr | document id | doc number | doc no | id document |
        identity document | dokumentnummer | dokumentennummer | numero de document |
        numero document | piece d identite | numero de documento | numero documento | documento |
        documento di identita | numer dokumentu | nr dokumentu | documentnummer
        """,
    ),
)
