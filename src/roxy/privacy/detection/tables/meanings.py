"""What the words of a key mean, in the languages that keys are written in. Rows only; `keys` reads them.

A row is a meaning and the phrases that carry it, in lower case without accents. The longest phrase that stands in a
key decides, and of two of one length the one that ends later, as the last noun of a key is what it is about; so
`email address` is no `address`, and `page token` no `token`. A `~` begins a stem that may stand inside a longer word,
for the languages that write words together; with a `$` behind it the key ends with it.
"""

from roxy.privacy.detection.tables import calls

ROWS: tuple[tuple[str, str], ...] = (
    (
        "",
        """
        email address | e mail address | ip address | ip addresses | mac address | memory address | base address |
        contract address | network address | file address | url address | web address | bind address |
        listen address | server address | host address | address space | address family | ip addr | mac addr |
        peer address | contract addr | program address | token address | page token | next token |
        continuation token | sync token | cursor token | pagination token | resume token | upload token |
        change token | max token | max tokens | min tokens | stop token | stop tokens | pad token | eos token |
        bos token | token count | input tokens | output tokens | prompt tokens | completion tokens | total tokens |
        num tokens | tokens | cached tokens | reasoning tokens | used tokens | thinking tokens | token type |
        token limit | token usage | token endpoint | token ids | public key | primary key | foreign key | sort key |
        partition key | cache key | issue key | project key | group key | row key | object key | hot key | hotkey |
        map key | translation key | idempotency key | dedup key | parent key | sort keys | keyboard key |
        routing key | message key | i18n key | json key | key code | key path | shard key | unique key |
        composite key | meta key | file name | filename | path name | pathname | dir name | folder name |
        host name | hostname | domain name | class name | method name | function name | func name | tool name |
        server name | table name | column name | branch name | repo name | repository name | field name |
        product name | project name | event name | company name | business name | brand name |
        model name | package name | module name | app name | service name | bucket name | container name |
        image name | index name | database name | db name | key name | tag name | label name | group name |
        team name | channel name | template name | job name | task name | variable name | param name | property name |
        attribute name | node name | cluster name | namespace name | device name | sheet name | calendar name |
        list name | playlist name | zone name | metric name | rule name | policy name | schema name | org name |
        organization name | organisation name | store name | item name | category name | skill name | agent name |
        plugin name | command name | resource name | entity name | type name | state name | street name | bank name |
        school name | hotel name | ship name | font family | product family | instance family | column family |
        inet family | protocol family | game name | song name | host key | number of | file owner | code owner |
        process owner | given that | first page | last page | last modified | last seen | first seen | last run |
        last id | first id | mobile app | mobile first | fax machine | call id | callback url | customer id |
        client id | contact id | person id | recipient id | user id | owner id | account id | client version |
        client type | client name | contact list | contacts count | people count | card layout | card view |
        card title | card body | card text | card color | card image | sim card | graphics card | network card |
        report card | score card | birth rate | tax rate | tax amount | place id | location id | product no |
        order no | order number | invoice number | reference number | serial number | line number | page number |
        issue number | build number | version number | port number | phone book | pass rate | pass count |
        pass through | passthrough | passed | pin code area | pinned | secret santa | cookie consent | cookie policy |
        cookie domain | cookie path | session key id | document title
        """,
    ),
    (
        "PASSWORD",
        """
        password | passwd | passwort | kennwort | passphrase | pass phrase | passcode | pwd | pswd | db pass |
        user pass | smtp pass | mail pass | ftp pass | root pass | admin pass | login pass | auth pass | proxy pass |
        redis pass | mysql pass | pg pass | authorization | proxy authorization |
        auth header | credential | credentials | cookie | cookies | set cookie | security answer | secret answer |
        recovery codes | scratch code | scratch codes | recovery words | seed words | secret words | secret phrase |
        otp secret | totp secret | mfa secret | two factor secret | otp seed | totp seed | totp key | setup key |
        preshared key | passkey | http cookie | auth cookie | security answers | secret question answer |
        network key | wep key | bios password | door password | encryption passphrase |
        become pass | sudo pass | ssh pass | vnc pass | ldap pass | bind pass | rpc pass | api
        pass | web pass | wifi pass | service pass | svc pass | login pass | email pass | imap pass | sql pass
        | mongo pass | rabbit pass | keystore pass | truststore pass | key pass | cert pass | zip pass | vault
        pass | archive pass | store pass | basic pass | http pass | registry pass | docker pass | git pass |
        svn pass | app pass | oracle pass | postgres pass | es pass | elastic pass | kafka pass | sasl pass |
        ssl pass | rabbitmq pass | amqp pass | influx pass | grafana pass | router pass |
        master password | password confirmation | confirm password | new password | old password | current password |
        wifi key | wpa key | wpa psk | psk | pre shared key | seed phrase | mnemonic | recovery phrase |
        recovery code | backup code | backup codes
        """,
    ),
    (
        "KEY",
        """
        api key | api keys | apikey | api token | api secret | secret key | access key | access key id | private key |
        auth key | encryption key | signing key | service key | account key | client key | license key | licence key |
        app key | service account key | master key | deploy key | webhook key | session key | server key |
        storage key | subscription key | access token | auth token | bearer token | refresh token | id token |
        session token | bot token | personal access token | private token | security token | csrf token | xsrf token |
        user token | app token | oauth token | device token | push token | registration token | verification token |
        reset token | invite token | login token | sas token | jwt | client secret | app secret | webhook secret |
        client key data | kube token | service token | sync secret | appid | amz signature | amz security token |
        goog signature | authtoken | auth | csrftoken | xsrf | connect sid | secret access key | consumer secret |
        consumer key | app password | product key | activation key | activation code | serial key | registry auth |
        docker auth | hmac key | hmac secret | webhook token | deploy token | license code | licence code |
        integration token | write key | read key | project token | ingest key | ingestion key | account sid |
        signing secret | shared secret | jwt secret | session secret | secret | secrets | token | key | bearer |
        private key pem | pat | sid token | session cookie | session id cookie | jsessionid | phpsessid |
        connection string | conn str | dsn | schlussel | cle api | clave api | chiave api | ~apikey | ~secretkey |
        ~accesskey | ~accesstoken | ~authtoken
        """,
    ),
    (
        "PIN",
        """
        pin | pin code | door code | gate code | alarm code | entry code | unlock code |
        one time code | one time password | verification code | sms code | login code | totp |
        keypad code | lock code | safe code | voicemail pin | pin number | pincode | cvv | cvc | cvv2 | cvc2 |
        csc | otp | mfa | mfa code | tan |
        security code | otp code | 2fa code
        """,
    ),
    (
        "CREDIT_CARD",
        """
        card number | card no | card num | cardnumber | cc number | cc no | cc num | ccn | ccnum | pan |
        primary account number | card pan | credit card | creditcard | debit card | debitcard | payment card |
        credit card number | debit card number | bank card | cc | card | kreditkarte | kreditkartennummer |
        kartennummer | carte bancaire | carte de credit | numero de carte | numero carte | tarjeta |
        tarjeta de credito | numero de tarjeta | carta di credito | numero carta | numero de cartao | cartao |
        cartao de credito | creditcardnummer | kaartnummer | karta kredytowa | numer karty | kortnummer |
        luottokortti | ~kreditkart | ~kartennummer | ~kortnummer | ~cardnumber
        """,
    ),
    (
        "IBAN_CODE",
        """
        iban | iban code | iban number | account iban | beneficiary iban | ~iban
        """,
    ),
    (
        "US_SSN",
        """
        ssn | sin | nino | itin | pesel | bsn | cpf | cnpj | aadhaar | aadhar | curp | nir | nif | nie | dni | cuit |
        cuil | rut | tfn | oib | cnp | amka | afm | rfc fiscal | egn | emso | jmbg | hetu | cpr | cpr number |
        cpr nummer | ahv | avs | ahv nummer | ni number | nhs | nhs number | national insurance |
        national insurance number | social security | social security number | social security no |
        social insurance number | social insurance | national id | national id number | national identity number |
        national identification number | national number | tax id | tax number | tax identifier |
        tax identification number | taxpayer id | tax no | tin | tax file number | identity number | identity card |
        identity card number | id card | id card number | id number | identification number | personal id |
        personal number | personal identity code | personal code | personal identification number | citizen id |
        citizen number | citizenship number | insurance number | government id | fiscal code | steuer id |
        steuer identifikationsnummer | steuernummer | identifikationsnummer | sozialversicherungsnummer |
        sozialversicherung | personalausweis | personalausweisnummer | ausweisnummer | rentenversicherungsnummer |
        numero de securite sociale | securite sociale | numero secu | codice fiscale | codicefiscale | partita iva |
        numero de identidad | documento de identidad | cedula | numero de identificacion | numero fiscal |
        contribuinte | numero de contribuinte | numero contribuinte | contribuente | numero contribuente |
        cartao de cidadao | carte d identite | numero carte d identite | carta d identita | numero fiscale |
        codigo fiscal | fiscal number | fiscal id | tax reference | utr | svnr | sv nummer | sozialvers nr |
        steuer nr | steuernr | idnr | steuerliche identifikationsnummer | numer dowodu | nummer identiteitskaart |
        national registry number | kennitala | isikukood | asmens kodas | personas kods | niss | nuss |
        numero ss | rg | my number | mynumber | マイナンバー | 주민등록번호 | aadhaar number | pan number | pan card |
        nric | fin number | hkid | mykad | ic number | ktp | nik | cccd | identidade | rijksregisternummer |
        burgerservicenummer | personnummer | fodselsnummer | henkilotunnus |
        numer pesel | dowod osobisty | cod numeric personal | tc kimlik | tc kimlik no | kimlik no | rodne cislo |
        szemelyi szam | инн | снилс | 身份证 | 身份证号 | ~sozialversicherung | ~personalausweis | ~personnummer |
        ~fodselsnummer | ~henkilotunnus | ~rijksregister | ~steuerid
        """,
    ),
    *calls.ROWS,
    (
        "ID",
        """
        driver license | drivers license | driver licence | drivers licence | driving license | driving licence |
        driver s license | driver license number | drivers license number | driver licence number |
        driving licence number | dl | dl number | dl no | driving license number | driver license no |
        driver s license number | license number | licence number | license no | fuhrerschein | fuhrerscheinnummer |
        permis de conduire | numero de permis | carnet de conducir | permiso de conducir | patente di guida |
        numero patente | rijbewijs | rijbewijsnummer | korkort | ajokortti | prawo jazdy | carta de conducao | cnh |
        mrn | medical record | medical record number | medical record no | health record no | health record number |
        patient id | patient number | patient no | patientennummer | health id | health card | health card number |
        health insurance number | medicare | medicare number | medicaid | medicaid number | insurance member id |
        insurance id | member number | insurance policy number | policy number | policy no | versichertennummer |
        versicherungsnummer | krankenversicherung | license plate | licence plate | car registration | vehicle
        registration number | car plate | car reg | reg plate | number plate | plate number |
        plate | registration plate | vehicle registration | kennzeichen | plaque d immatriculation | immatriculation |
        matricula | targa | kenteken | vin | employee number | employee no | student number | student id |
        badge number | imei | imsi | iccid | visa number | visa no | residence permit | residence permit number |
        green card | ein | npi | dea number | ~fuhrerschein | ~patienten | ~krankenversicher | ~driverlicense |
        ~rijbewijs
        """,
    ),
    (
        "ACCOUNT",
        """
        account number | account no | source account | destination account | from account | to account |
        debit account | credit account | beneficiary account | payee account | sender account | recipient account |
        debtor account | creditor account | target account | settlement account | refund account | account num
        | account nr | accountnumber | acct | acct number | acct no |
        acct num | bank account | bank account number | bank account no | bank number | routing | routing number |
        routing no | routing and account | aba | sort code | sortcode | checking account | savings account |
        kontonummer | konto | bankverbindung | bankkonto | numero de compte | compte bancaire | numero de cuenta |
        cuenta bancaria | cuenta | numero di conto | conto corrente | numero da conta | conta bancaria |
        rekeningnummer | numer konta | kontonr | tilinumero | clabe | bsb | bic swift account | payout account |
        iban or account | ~kontonummer | ~rekeningnummer
        """,
    ),
    (
        "GIVEN",
        """
        first name | firstname | fname | given name | given names | givenname | given | middle name | middlename |
        forename | forenames | nickname | nick name | preferred name | vorname | vornamen | rufname | prenom |
        prenoms | nombre de pila | primer nombre | nome proprio | primeiro nome | voornaam | voornamen | roepnaam |
        imie | imiona | fornamn | fornavn | etunimi | etunimet | jmeno | keresztnev | utonev | prenume | ime | on ad |
        όνομα | ονομα | имя | имʼя | имя отчество | ім я | отчество | 名 | 名前 | 이름 | chosen name
        """,
    ),
    (
        "FAMILY",
        """
        last name | lastname | lname | family name | familyname | family | surname | surnames | second name |
        maiden name | birth name | nachname | familienname | geburtsname | zuname | nom de famille |
        nom de jeune fille | apellido | apellidos | primer apellido | segundo apellido | cognome | cognomi |
        sobrenome | ultimo nome | apelido | achternaam | familienaam | nazwisko | efternamn | etternavn | efternavn |
        sukunimi | prijmeni | vezeteknev | csaladnev | nume de familie | prezime | soyad | soyadi | επωνυμο |
        фамилия | прізвище | 姓 | 苗字 | 성
        """,
    ),
    (
        "PERSON",
        """
        full name | fullname | full names | legal name | complete name | person name | name of person | holder |
        holder name | card holder | cardholder | cardholder name | card holder name | account holder |
        account holder name | name on card | beneficiary | beneficiary name | patient | patient name | passenger |
        passengers | passenger name | passenger names | guest | guests | guest name | lead guest | employee |
        employee name | spouse | spouse name | partner name | payee | payee name | payer | payer name | attendee |
        attendees | attendee name | attendee names | recipient | recipients | recipient name | sender | sender name |
        participant | participants | participant name | person | persons | people | contact | contacts |
        contact name | contact person | contact names | customer | customer name | customer full name | client |
        client full name | applicant | applicant name | tenant name | landlord | next of kin | emergency contact |
        emergency contact name | traveler | traveller | travelers | travellers | traveler name | traveller name |
        insured | insured person | insured name | policyholder | policy holder | signatory | signer | signed by |
        signer name | witness | student name | teacher name | doctor | doctor name | physician | candidate |
        candidate name | driver name | subscriber name | buyer | buyer name | seller | seller name |
        assigned to person | reported by | requested by | requester | requestor | visitor | visitor name | resident |
        occupant | invitee | invitees | organizer | organiser | assignee | assignees | reviewer | reviewers |
        interviewee | interviewer | parent name | child name | mother s name | mother name | father name |
        father s name | kid name | colleague | friend | friend name | friends | relative | victim | claimant |
        borrower | donor | heir | user full name | users full name | display name of user | attn | attention |
        care of | caregiver | nurse | therapist | lawyer | attorney | vollstandiger name | vor und nachname |
        name und vorname | kontoinhaber | karteninhaber | empfanger | absender | ansprechpartner | patientenname |
        kunde | kundenname | mieter | versicherter | teilnehmer | gast | nom complet | nom et prenom | destinataire |
        expediteur | titulaire | beneficiaire | passager | voyageur | participant s | nom du client | nom du patient |
        nombre completo | nombre y apellidos | nombre | titular | destinatario | remitente | beneficiario | pasajero |
        cliente | paciente | asistente | asistentes | huesped | nome completo | nome e cognome | nome | intestatario |
        mittente | passeggero | paziente | partecipanti | ospite | passageiro | remetente | nome do cliente |
        hospede | volledige naam | naam | ontvanger | afzender | rekeninghouder | klant | klantnaam | passagier |
        reiziger | imie i nazwisko | odbiorca | nadawca | klient | pasazer | posiadacz | fullstandigt namn | namn |
        mottagare | kund | navn | fullt navn | kokonimi | nimi | vastaanottaja | asiakas | cele jmeno | teljes nev |
        nume complet | nume | ad soyad | ime i prezime | ονοματεπωνυμο | фио | полное имя | піб | 姓名 | 氏名 | 성명 |
        ~kontoinhaber | ~karteninhaber | ~ansprechpartner | ~fullname | ~firstname | ~lastname
        """,
    ),
    (
        "HOME",
        """
        home location | home coordinates | home lat | home lng | home lon | home latitude | home longitude | home gps |
        home geo | home position | house location | house coordinates | house lat | house lng | residence location |
        residence coordinates | residence lat | residence lng | user location | user lat | user lng | user latitude |
        user longitude | user coordinates | my location | current position | person location | gps position |
        live location | last known location
        """,
    ),
    (
        "USERNAME",
        """
        username | user name | usernames | login name | screen name | handle | user handle | telegram username |
        twitter handle | instagram handle | github username | gitlab username | github user | github login | login |
        gamertag | gamer tag | skype id | skype name | discord username | slack handle | nick | benutzername |
        benutzerkennung | nom d utilisateur | identifiant | pseudo | nombre de usuario | usuario | nome utente |
        gebruikersnaam | nome de usuario | nome de utilizador | nazwa uzytkownika | anvandarnamn | brukernavn |
        brugernavn | kayttajatunnus | имя пользователя | 用户名 | ユーザー名 | actor login | account username |
        twitter | instagram | telegram | tiktok | snapchat | mastodon | bluesky | ssh user | db username |
        smtp username
        """,
    ),
    (
        "ROLE",
        """
        owner | author | authors | assigned | assigned to | manager | reporter | creator | host | speaker | speakers |
        user | members | member | team members | created by | updated by | modified by | approved by | lead | editor |
        contributor | maintainer | student | teacher | driver | tenant | agent | staff | artist | performer | director
        """,
    ),
    (
        "NAME",
        """
        name | names | display name | displayname | account name | nom | besitzer | label name of person
        """,
    ),
    (
        "ADDRESS",
        """
        address | addresses | addr | street | street address | streetaddress | street1 | address line |
        address line 1 | address line 2 | address 1 | address1 | address2 | addressline | addressline1 | line 1 |
        line1 | line2 | line 2 | postal address | postaladdress | home address | homeaddress | work address |
        mailing address | mail address | shipping address | billing address | delivery address |
        residential address | residence address | ship to | ship to address | bill to | bill to address | deliver to |
        pickup address | dropoff address | drop off address | return address | current address | permanent address |
        physical address | house address | property address | full address | premises | adresse |
        anschrift | wohnanschrift | wohnadresse | wohnort adresse | strasse | hausanschrift | lieferadresse |
        rechnungsadresse | postanschrift | rue | adresse postale | adresse de livraison | adresse de facturation |
        domicile | direccion | domicilio | direccion postal | direccion de envio | direccion de facturacion | calle |
        indirizzo | indirizzo di spedizione | residenza | via | morada | endereco | endereco de entrega | logradouro |
        adres | bezorgadres | woonadres | factuuradres | straat | adres zamieszkania | ulica | adress | gatuadress |
        postadress | osoite | katuosoite | adresa | utca | lakcim | adres bilgisi | διευθυνση | адрес | адреса |
        улица | 地址 | 住所 | 주소 | ~anschrift | ~adresse | ~streetaddress | ~lieferadress | ~postadress |
        ~bezorgadres
        """,
    ),
    (
        "ZIP_CODE",
        """
        zip | zip code | zipcode | postal code | postalcode | postcode | post code | postleitzahl | plz |
        code postal | codigo postal | codice postale | cap | cep | codigo de endereco postal | postnummer |
        postinumero | kod pocztowy | psc | iranyitoszam | cod postal | posta kodu | postanski broj |
        ταχυδρομικος κωδικας | индекс | почтовый индекс | 邮编 | 郵便番号 | 우편번호 | ~postleitzahl | ~postnummer
        """,
    ),
    (
        "RESIDENCE",
        """
        residence | place of residence | lives at | wohnsitz | lieu de residence | lugar de residencia | residencia
        """,
    ),
    (
        "CITY",
        """
        cities | towns | countries | country of residence | city of residence | town of residence |
        residence country | residence city | weather for | weather in | forecast for | time in |
        stadte | lander | villes | pays de residence | ciudades | pais de residencia | paese di residenza | steden |
        land van verblijf | land des wohnsitzes | wohnsitzland | miasta | kraj zamieszkania |
        city | town | city name | country | country name | county | village | municipality | suburb | district |
        locality | home town | hometown | home city | birthplace | birth place | place of birth | birth city |
        birth country | country of birth | nationality | citizenship |
        nationality country | origin city | destination city | departure city |
        arrival city | from city | to city | stadt | ort | wohnort | land | geburtsort | gemeinde | ville | pays |
        lieu de naissance | ciudad | pais | lugar de nacimiento | provincia | citta | paese | luogo di nascita |
        comune | cidade | local de nascimento | stad | plaats | woonplaats | geboorteplaats | miasto | kraj |
        miejsce urodzenia | fodelseort | kaupunki | kotikunta | mesto | zeme | varos | oras | tara | sehir | ulke |
        grad | πολη | χωρα | город | страна | місто | країна | 城市 | 国家 | 都市 | 도시 | 국가 | current city |
        based in | lives in | capital
        """,
    ),
    (
        "PLACE",
        """
        location | venue | place | places | destination | origin | from | to | where | pickup | dropoff | pick up |
        drop off | pickup location | dropoff location | meeting place | meeting point | departure | arrival |
        start location | end location | near | treffpunkt | lieu | lugar | luogo | local | miejsce | plats | paikka |
        start point | end point | locations
        """,
    ),
    (
        "VERSION",
        """
        version | ver | versions | build | release | revision | tag | kernel | firmware | release tag | image tag |
        sdk
        """,
    ),
    (
        "PERSONAL",
        """
        email | mail | emails | e mail | emailaddress | email id | correo | correo electronico | courriel | age |
        gender | sex | marital | marital status | date of hire | salary | diagnosis | blood type
        """,
    ),
)
