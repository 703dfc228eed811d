// Security keys: offers them only where the browser knows them, and says in words why one did not work.
(() => {
  const words = {
    NotAllowedError: 'The key did not answer in time, or you stopped it. Try again.',
    InvalidStateError: 'This key is set up already. Use another one.',
    SecurityError: 'Keys do not work at this address. Open the program by its name, not by a number.',
  };

  const say = (text) => {
    for (const place of document.querySelectorAll('[data-key-wrong]')) {
      place.textContent = text;
      place.hidden = false;
    }
  };

  document.addEventListener('allauth.error', (event) => {
    event.preventDefault();
    say(words[event.detail.exception.name] || 'The key did not work. Try again, or use another way.');
  });

  document.addEventListener('DOMContentLoaded', () => {
    if (!window.PublicKeyCredential) say('This browser, or this address, knows no security keys.');
  });
})();
