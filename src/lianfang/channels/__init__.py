"""Ways in: who somebody is with WeChat, Alipay or an identity provider, joined to the person they registered as."""
