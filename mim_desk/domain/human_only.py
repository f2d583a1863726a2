"""The topic gate: what a machine may never answer (features D2).

Rules outside any model: words of many languages, read generously, because a false alarm costs a
person a glance and a miss costs a customer's trust. A classifier may only add topics. When it is
down or nothing could be read, the gate stays shut.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mim_desk.domain.search_text import fold


class Topic(StrEnum):
    """What belongs to people."""

    PAYMENT = "payment"
    REFUND = "refund"
    COMPLAINT = "complaint"
    LEGAL = "legal"
    ABUSE = "abuse"
    SELF_HARM = "self_harm"
    UNREAD = "unread"
    """Nothing could be read, or the classifier did not answer."""


@dataclass(frozen=True)
class Verdict:
    """What the gate says about one text.

    Attributes:
        topics: why it belongs to people, in the order of the enum; empty when it is clean.
    """

    topics: tuple[Topic, ...]

    @property
    def is_clean(self) -> bool:
        """Whether a machine may answer; nothing else than a clean verdict allows it."""
        return not self.topics


# Word beginnings, in one line a language: en, es, pt, fr, de, it, nl, pl, uk, ru, tr, id/ms, vi, ar, fa, he, hi.
# Those of ar, fa, he and of zh, ja, ko, th match anywhere.
_WORDS: Final[Mapping[Topic, str]] = {
    Topic.PAYMENT: """
        pay|paid|unpaid|invoice|billing|billed|charge|overcharg|credit card|debit card|card number|cvv|iban|bank|wire transfer
        pago|pagar|pague|cobr|factura|tarjeta|banc
        pagamento|boleto|cartao|fatura|cobranca|pix
        paiement|payer|paye|factur|preleve|carte bancaire|carte bleue|virement
        zahl|bezahl|rechnung|abbuch|abgebucht|kreditkarte|lastschrift|uberweis
        pagat|fattura|addebit|carta di credito|bonifico
        betaal|betaling|factuur|creditcard|afgeschreven
        platnosc|zaplac|faktur|przelew|karta kredyt
        оплат|плат|сплат|рахун|картк|списал|банк
        счет|счёт|карт
        odeme|fatura|kredi kart|banka
        bayar|tagihan|kartu kredit|faktur
        thanh toan|tra tien|hoa don|the tin dung
        دفع|الدفع|ادفع|فاتوره|فاتورة|بطاقه|بطاقة|بنك|خصم|سداد
        پرداخت|کارت|صورتحساب
        תשלום|לשלם|שילמתי|חשבונית|אשראי
        भुगतान|पेमेंट|बिल|कार्ड
        付款|支付|扣款|扣费|刷卡|信用卡|发票|發票|账单|帳單|转账|轉帳|银行|銀行
        支払|お支払|請求|決済|クレジット|カード|振込|引き落と
        결제|지불|청구|카드|입금|송금|계좌
        ชำระ|จ่าย|บัตรเครดิต|ใบแจ้งหนี้|โอนเงิน|ธนาคาร|หักเงิน
    """,
    Topic.REFUND: """
        refund|reimburs|money back|chargeback|compensat
        reembols|devolucion del dinero|devolver el dinero|indemniz
        estorno|devolver o dinheiro|dinheiro de volta
        rembours|dedommag
        erstatt|ruckerstatt|geld zuruck|entschadig
        rimbors|soldi indietro
        terugbetal|geld terug
        zwrot|odszkodowan
        повернення|поверніть|повернути кошти|повернути гроші|відшкод|компенсац
        возврат|верните|вернуть деньги|возмещ
        iade|geri odeme|tazminat
        pengembalian|uang kembali|kembalikan uang
        hoan tien|tra lai tien|boi thuong
        استرداد|استرجاع|ارجاع|تعويض|فلوسي
        بازپرداخت|پس دادن پول
        החזר|זיכוי|פיצוי
        रिफंड|वापसी|पैसे वापस|मुआवज
        退款|退钱|退錢|退费|退費|赔偿|賠償|赔付
        返金|払い戻|補償|弁償
        환불|보상|배상
        คืนเงิน|เงินคืน|ชดเชย
    """,
    Topic.COMPLAINT: """
        complain|unacceptable|outrage|disgust|terrible|awful|worst|rip off|ripped off|scam|fraud|disappointed|angry|furious|supervisor|manager
        queja|quejar|reclam|inaceptable|estafa|pesimo|horrible|verguenza
        reclamac|inaceitavel|golpe|pessimo|absurdo
        plainte|plaindre|inadmissible|inacceptable|arnaque|scandale
        beschwer|reklamation|inakzeptabel|unverschamt|betrug|abzocke|enttausch
        reclamo|lamentel|inaccettabile|truffa|vergogna
        klacht|onacceptabel|oplichting|schandal
        skarg|reklamac|niedopuszczaln|oszust
        скарг|скарж|неприпустим|жахлив|обурен|шахра|обман
        жалоб|жалуюсь|недопустим|ужасн|возмущ|мошен
        sikayet|rezalet|dolandir|kabul edilemez
        keluhan|komplain|penipu|mengecewakan|kecewa
        khieu nai|phan nan|lua dao|that vong
        شكوى|اشتكي|شكاوى|نصب|احتيال|سيء|غير مقبول
        شکایت|کلاهبردار
        תלונה|להתלונן|הונאה|מאכזב
        शिकायत|धोखा|बेकार
        投诉|投訴|举报|舉報|骗子|騙|欺诈|太差|垃圾|差评|差評|曝光
        苦情|クレーム|詐欺|最悪|ひどい|不満
        불만|항의|사기|최악|신고
        ร้องเรียน|โกง|แย่มาก|หลอกลวง
    """,
    Topic.LEGAL: """
        lawyer|attorney|lawsuit|sue|suing|court|legal|gdpr|consumer protection|police
        abogad|demanda|demandar|tribunal|juicio|policia|denuncia
        advogad|processar|procon|justica|tribunal|policia
        avocat|tribunal|porter plainte|poursuite|justice
        anwalt|rechtsanwalt|verklag|klage|gericht|anzeige|verbraucherschutz|dsgvo
        avvocat|denunc|querela
        advocaat|rechtbank|aangifte|juridisch
        prawnik|adwokat|sad|pozew|policj
        адвокат|юрист|суд|позов|поліці
        иск|полици
        avukat|mahkeme|dava
        pengacara|pengadilan|hukum|gugat
        luat su|kien|toa an|cong an
        محامي|محكمه|محكمة|قانون|شرطه|شرطة|قضيه|قضية
        وکیل|دادگاه
        עורך דין|תביעה|משפט|משטרה
        वकील|अदालत|मुकदमा|कानून|पुलिस
        律师|律師|起诉|起訴|法院|法律|报警|報警|消费者协会|12315
        弁護士|訴訟|訴え|裁判|警察|消費者センター
        변호사|소송|고소|법원|경찰|소비자원
        ทนาย|ฟ้อง|ศาล|ตำรวจ|กฎหมาย
    """,
    Topic.ABUSE: """
        harass|threat|rape|molest|racist|discriminat|blackmail|stalk|abuse
        acoso|amenaz|viola|racist|chantaj
        assedio|ameac|estupr
        harcel|menac|viol|agress
        belastig|bedroh|vergewaltig|rassist|erpress
        molest|minacc|stupr|razzist
        bedreig|verkracht
        nekani|grozb|gwalt|rasist
        погроз|домаган|зґвалт|шантаж|расист
        угроз|домогат|изнасил
        taciz|tehdit|tecavuz
        pelecehan|ancam|perkosa
        quay roi|de doa|hiep dam
        تحرش|تهديد|اغتصاب|ابتزاز
        آزار|تهدید|تجاوز
        הטרדה|איום|אונס
        उत्पीड़न|धमकी|बलात्कार
        骚扰|騷擾|威胁|威脅|强奸|強姦|歧视|歧視|勒索
        嫌がらせ|脅迫|脅し|痴漢|差別
        협박|성희롱|성추행|차별|괴롭
        คุกคาม|ข่มขู่|ข่มขืน
    """,
    Topic.SELF_HARM: """
        suicid|kill myself|killing myself|self harm|hurt myself|end my life|want to die|overdose
        suicidi|matarme|quitarme la vida|quiero morir
        suicid|me matar|quero morrer
        suicid|me tuer|envie de mourir
        selbstmord|suizid|umbringen|nicht mehr leben
        uccidermi|voglio morire
        zelfmoord|niet meer leven
        samoboj|zabic sie
        самогуб|суїцид|вбити себе|хочу померти
        самоуб|суицид|убить себя|хочу умереть
        intihar|olmek istiyorum
        bunuh diri|ingin mati
        tu tu|tu sat|muon chet
        انتحار|اقتل نفسي|الموت
        خودکشی
        התאבד|להרוג את עצמי
        आत्महत्या|मरना चाहत
        自杀|自殺|想死|不想活|轻生|輕生|割腕
        自殺|死にたい|自傷
        자살|죽고 싶|자해
        ฆ่าตัวตาย|อยากตาย
    """,
}

_SPACELESS: Final = re.compile("[\u0e00-\u0eff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7ff]")
_PREFIXED: Final = re.compile("[\u0590-\u06ff]")
"""Arabic and Hebrew write articles and prepositions onto the word."""
_BETWEEN: Final = re.compile(r"[\W_]+")
_SHORTEST_DISGUISED: Final = 5
_HEAD: Final = 3
"""Letters that are looked up at the beginning of each word, or the whole word where it is shorter."""


_MARKS: Final = {code: " " for code in range(128) if not chr(code).isalnum()}


def _unmarked(text: str) -> str:
    """Folded, with everything between words as one space."""
    if text.isascii():
        return " ".join(text.lower().translate(_MARKS).split())
    return _BETWEEN.sub(" ", fold(text).replace("đ", "d").replace("ł", "l"))


class _Gate:
    """The words made ready: a look at the head of each word settles most texts in microseconds.

    Attributes:
        begins: words that begin a word, with their topic, by their first letters.
        inside: by topic, what matches anywhere; ``anywhere`` is all of that together, as most texts hold none of it.
        disguised: by topic, words whose letters are set apart (r.e.f.u.n.d) and are read together.
    """

    def __init__(self) -> None:
        self.begins: dict[str, tuple[tuple[str, Topic], ...]] = {}
        self.inside: dict[Topic, re.Pattern[str]] = {}
        together: set[str] = set()
        self.disguised: dict[Topic, re.Pattern[str]] = {}
        for topic, lines in _WORDS.items():
            words = {_unmarked(word).strip() for line in lines.split("\n") for word in line.split("|")} - {""}
            anywhere = {word for word in words if _SPACELESS.search(word) or _PREFIXED.search(word)}
            for word in sorted(words - anywhere):
                head = word.partition(" ")[0][:_HEAD]
                self.begins[head] = (*self.begins.get(head, ()), (word, topic))
            self.inside[topic] = _any_of(anywhere)
            together |= anywhere
            self.disguised[topic] = _any_of({_BETWEEN.sub("", word) for word in words if _is_long(word)})

        self.anywhere = _any_of(together)
        self._heads = frozenset(self.begins)

    def topics(self, plain: str) -> set[Topic]:
        """The topics of a text without marks."""
        found = self._beginning(plain)
        if not plain.isascii() and self.anywhere.search(plain):
            found |= _matching(self.inside, plain)
        spelled = ""
        if _LETTERS_APART.search(plain):
            spelled = " ".join(_BETWEEN.sub("", letters) for letters in _SPELLED.findall(plain))
        together = _BETWEEN.sub("", plain) if not plain.isascii() and _SPACELESS.search(plain) else ""
        for hidden in filter(None, (spelled, together)):
            found |= _matching(self.disguised, hidden)
        return found

    def _beginning(self, plain: str) -> set[Topic]:
        heads = {word[:_HEAD] for word in plain.split(" ")}
        if heads.isdisjoint(self._heads):  # a set: of a mapping every key would be looked at
            return set()
        marked = f" {plain}"
        likely = (pair for head in heads for pair in self.begins.get(head, ()))
        return {topic for word, topic in likely if f" {word}" in marked}


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, words))))


def _matching(patterns: Mapping[Topic, re.Pattern[str]], text: str) -> set[Topic]:
    return {topic for topic, pattern in patterns.items() if pattern.search(text)}


def _is_long(word: str) -> bool:
    return _SPACELESS.search(word) is not None or len(word) >= _SHORTEST_DISGUISED


_LETTERS_APART: Final = re.compile(r"\b\w \w \w\b")
_SPELLED: Final = re.compile(r"(?:(?<=^)|(?<= ))(?:\w ){2,}\w(?= |$)")
_GATE: Final = _Gate()
_CLEAN: Final = Verdict(())


def gate(text: str, classified: Iterable[Topic] | None = ()) -> Verdict:
    """Whether a machine may answer ``text``.

    Args:
        text: what the customer wrote, all of it that is unanswered.
        classified: topics a classifier found; None when it was asked and did not answer.
    """
    plain = _unmarked(text)
    found = _GATE.topics(plain)
    if classified is None or not plain.strip():
        found.add(Topic.UNREAD)
    found.update(classified or ())
    return Verdict(tuple(topic for topic in Topic if topic in found)) if found else _CLEAN
