import { api } from '@shared/api/client'
import type { GalleryForm, ListedTemplate, Page, Template } from '@shared/api/types'

/** What a form being written began with: nothing, a form of one's own (its next version), somebody else's or a ready-made one. */
export interface Start {
  template: Pick<Template, 'name' | 'name_en' | 'fields'> | null
  own: ListedTemplate | null
}

export async function loadStart(from: string, gallery: string): Promise<Start> {
  if (gallery) {
    const forms = (await api.get<Page<GalleryForm>>('/templates/gallery')).items
    return { template: forms.find((form) => form.key === gallery) ?? null, own: null }
  }
  if (!from) return { template: null, own: null }
  const [template, listed] = await Promise.all([
    api.get<Template>(`/templates/${from}`),
    api.get<Page<ListedTemplate>>('/templates'),
  ])
  // An older version is a beginning like any other; only the newest is followed by the next.
  return { template, own: listed.items.find((one) => one.id === template.id && one.own) ?? null }
}
