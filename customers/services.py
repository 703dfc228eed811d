from customers.models import Customer, Stratum


def stratum_of(*, customer: Customer) -> Stratum:
    """Return the segment in which the customer stands today, made if it is the first one there."""
    stratum, _made = Stratum.objects.get_or_create(
        lifecycle=customer.lifecycle,
        industry=customer.industry,
        region=customer.region,
        size_band=customer.size_band,
    )
    return stratum
