"""Text messages: signed as the provider documents it, and its answers understood."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from lianfang.config import Settings
from lianfang.notices import sms
from lianfang.notices.sender import DelayedError, RefusedError
from lianfang.notices.sms import SmsGateway
from tests.notices.fake_provider import KEY_ID, KEY_SECRET, Provider, serve

PHONE = "13800138000"


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def settings(provider: Provider) -> AsyncIterator[Settings]:
    async with serve(provider) as url:
        yield Settings(sms_url=url, sms_key_id=KEY_ID, sms_key_secret=KEY_SECRET, sms_sign_name="赤城联防")


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[SmsGateway]:
    async with sms.open_gateway(settings) as gateway:
        assert gateway is not None
        yield gateway


def test_the_signature_is_that_of_the_documents_own_example() -> None:
    headers = sms.signed_headers(
        "YourAccessKeyId",
        "YourAccessKeySecret",
        host="ecs.cn-shanghai.aliyuncs.com",
        query={"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
        action="RunInstances",
        version="2014-05-26",
    )
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


async def test_a_message_arrives_as_it_was_written(gateway: SmsGateway, provider: Provider) -> None:
    receipt = await gateway.send(PHONE, "SMS_1", {"code": "012345", "place": "龙关镇 A&B=*~+/'!"}, "7")
    assert receipt == "biz-1^0"
    [message] = provider.messages
    assert message == {
        "PhoneNumbers": PHONE,
        "SignName": "赤城联防",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"code": "012345", "place": "龙关镇 A&B=*~+/\'!"}',
        "OutId": "7",
    }


async def test_two_messages_have_two_nonces(gateway: SmsGateway, provider: Provider) -> None:
    await gateway.send(PHONE, "SMS_1", {"code": "1"}, "1")
    await gateway.send(PHONE, "SMS_1", {"code": "1"}, "2")
    assert len(provider.nonces) == 2


@pytest.mark.parametrize(
    "code",
    [
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.DAY_LIMIT_CONTROL",
        "isp.RAM_PERMISSION_DENY",
    ],
)
async def test_what_trying_again_cannot_mend_is_refused(gateway: SmsGateway, provider: Provider, code: str) -> None:
    provider.answers = [(200, code)]
    with pytest.raises(RefusedError) as refused:
        await gateway.send(PHONE, "SMS_1", {}, "1")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "answer",
    [
        (200, "isp.SYSTEM_ERROR"),
        (200, "isp.GATEWAY_ERROR"),
        (400, "Throttling.User"),
        (400, "Throttling"),
        (503, "ServiceUnavailable"),
        (500, "InternalError"),
        "error page",
    ],
)
async def test_passing_troubles_are_for_later(
    gateway: SmsGateway, provider: Provider, answer: tuple[int, str] | str
) -> None:
    provider.answers = [answer]
    with pytest.raises(DelayedError) as delayed:
        await gateway.send(PHONE, "SMS_1", {}, "1")
    assert delayed.value.after_s == 0


async def test_the_limit_of_one_message_a_minute_is_waited_for(gateway: SmsGateway, provider: Provider) -> None:
    provider.answers = [(200, "isv.BUSINESS_LIMIT_CONTROL")]
    with pytest.raises(DelayedError) as delayed:
        await gateway.send(PHONE, "SMS_1", {}, "1")
    assert delayed.value.after_s == 60


async def test_silence_is_for_later(settings: Settings, provider: Provider) -> None:
    provider.answers = ["silence"]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as http:
        with pytest.raises(DelayedError):
            await SmsGateway(http, settings).send(PHONE, "SMS_1", {}, "1")


async def test_nobody_there_is_for_later() -> None:
    settings = Settings(sms_url="http://127.0.0.1:9", sms_key_id=KEY_ID, sms_key_secret=KEY_SECRET)
    async with sms.open_gateway(settings) as gateway:
        assert gateway is not None
        with pytest.raises(DelayedError):
            await gateway.send(PHONE, "SMS_1", {}, "1")


async def test_a_wrong_secret_is_refused_by_name(provider: Provider) -> None:
    async with serve(provider) as url:
        settings = Settings(sms_url=url, sms_key_id=KEY_ID, sms_key_secret="another")
        async with sms.open_gateway(settings) as gateway:
            assert gateway is not None
            with pytest.raises(RefusedError, match="SignatureDoesNotMatch"):
                await gateway.send(PHONE, "SMS_1", {}, "1")
    assert provider.messages == []


async def test_without_an_address_there_is_no_gateway() -> None:
    async with sms.open_gateway(Settings()) as gateway:
        assert gateway is None
